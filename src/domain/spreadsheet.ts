// What a spreadsheet does to long numbers when it opens a CSV and saves it again: digits are gone for good.

/** `110105194912310021` becomes `1.10105E+17`. A negative exponent is never a shortened identifier. */
const SHORTENED = /^[+-]?\d(?:[.,]\d+)?E\+\d{2,3}$/i;

export const SHORTENED_RULE = 'damaged';
export const SHORTENED_MESSAGE =
  'was made a number by a spreadsheet and cannot be repaired; re-export the column as text';

/** Whether a text is a number that was shortened. */
export function isShortened(text: string): boolean {
  return SHORTENED.test(text);
}
