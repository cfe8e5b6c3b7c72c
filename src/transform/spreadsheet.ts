import { isShortened, SHORTENED_MESSAGE, SHORTENED_RULE } from '../domain/spreadsheet.ts';
import { Fault, type Outcome } from './fault.ts';

/** A fault in place of a number that a spreadsheet has shortened, where a text has to be exact. */
export function unlessShortened(value: Outcome): Outcome {
  if (typeof value !== 'string' || !isShortened(value.trim())) return value;
  return new Fault(SHORTENED_RULE, SHORTENED_MESSAGE, value);
}
