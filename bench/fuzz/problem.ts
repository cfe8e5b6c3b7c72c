import type { Format } from '../../src/domain/definition.ts';
import { caseOf } from './cases.ts';
import { checkCase } from './check.ts';

/** What is wrong with the case of a seed, errors included; null when nothing is. */
export function problemOf(format: Format, seed: number): string | null {
  try {
    return checkCase(caseOf(format, seed));
  } catch (error) {
    return `threw ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`;
  }
}
