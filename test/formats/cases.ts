/**
 * How many cases a long property test runs: few, so that the unit set stays fast, or `TRIBUTARY_CASES`. A full run of the
 * formats: `TRIBUTARY_CASES=100000 npx vitest run --project unit test/formats`.
 */
export function cases(few: number): number {
  return Number(process.env['TRIBUTARY_CASES'] ?? few);
}
