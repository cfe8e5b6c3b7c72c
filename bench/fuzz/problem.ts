import type { Format } from '../../src/domain/definition.ts';
import { caseOf, type FuzzCase } from './cases.ts';
import { checkCase } from './check.ts';

/** What is wrong with the case of a seed; null when nothing is. */
export function problemOf(format: Format, seed: number): string | null {
  return problemIn(caseOf(format, seed));
}

/** The same for any case. What throws is wrong. */
export function problemIn(one: FuzzCase): string | null {
  try {
    return checkCase(one);
  } catch (error) {
    return `threw ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`;
  }
}
