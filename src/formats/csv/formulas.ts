// Cells that a spreadsheet would run as a formula, and how they are kept from it (OWASP, "CSV injection").

// The full-width forms too: spreadsheets of East Asian languages take them for the narrow ones.
const DANGEROUS = /^'*[=+\-@\t\r\n＝＋－＠]/;
const NEUTRALISED = /^'+[=+\-@\t\r\n＝＋－＠]/;

/** Puts an apostrophe before a cell that could be a formula. Every such cell: also `-5` and `+8613900001234`. */
export function neutraliseFormula(cell: string): string {
  return DANGEROUS.test(cell) ? `'${cell}` : cell;
}

/** The cell as it was before `neutraliseFormula`, for every cell. */
export function restoreFormula(cell: string): string {
  return NEUTRALISED.test(cell) ? cell.slice(1) : cell;
}
