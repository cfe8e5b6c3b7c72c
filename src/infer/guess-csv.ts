// How a CSV file is written, judged by its first lines.

export interface CsvGuess {
  readonly delimiter: string;
  /** Lines before the header: titles, dates of export. */
  readonly skipLines: number;
  readonly columns: number;
  /** Of the lines looked at, those with as many cells as the header. */
  readonly agreeing: number;
  readonly lines: number;
}

const DELIMITERS = [',', ';', '\t', '|'];
const LOOKED_AT = 100;

/** The delimiter by which the most lines have the same number of cells, two at least; a comma for a single column. */
export function guessCsv(text: string): CsvGuess {
  const guesses = DELIMITERS.map((delimiter) => guessWith(text, delimiter));
  const [first, ...others] = guesses;
  if (first === undefined) throw new Error('there are delimiters');
  return others.reduce((best, guess) => (weight(guess) > weight(best) ? guess : best), first);
}

function weight({ columns, agreeing, lines, skipLines }: CsvGuess): number {
  if (columns < 2) return 0;
  // Among equally regular readings the one with more columns: a comma inside texts is regular by chance only.
  return agreeing / (lines + skipLines) + columns / 1000;
}

function guessWith(text: string, delimiter: string): CsvGuess {
  const counts = countCells(text, delimiter);
  const columns = mostFrequent(counts.filter((count) => count > 1)) ?? 1;
  const header = Math.max(counts.indexOf(columns), 0);
  const rows = counts.slice(header);
  return {
    delimiter,
    skipLines: header,
    columns,
    agreeing: rows.filter((count) => count === columns).length,
    lines: Math.max(rows.length, 1),
  };
}

/** Cells in each of the first lines; a quoted cell may hold delimiters and line breaks. */
function countCells(text: string, delimiter: string): readonly number[] {
  const counts: number[] = [];
  let cells = 1;
  let quoted = false;
  let empty = true;
  for (const character of text) {
    if (character === '"') quoted = !quoted;
    else if (!quoted && character === delimiter) cells++;
    else if (!quoted && character === '\n') {
      counts.push(empty ? 0 : cells);
      if (counts.length === LOOKED_AT) return counts;
      cells = 1;
      empty = true;
      continue;
    }
    if (character !== '\r') empty = false;
  }
  if (!empty) counts.push(cells);
  return counts;
}

function mostFrequent(numbers: readonly number[]): number | undefined {
  const counts = new Map<number, number>();
  for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1);
  return [...counts].toSorted((a, b) => b[1] - a[1])[0]?.[0];
}
