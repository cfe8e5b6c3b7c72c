// Numbers and codes as people copy them: with spaces, dashes, in full width.

/** NFKC, capitals, without white space and dashes. */
export function compact(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/[\s\p{Pd}\u2212\u200b-\u200f\ufeff]+/gu, '')
    .toUpperCase();
}
