// Splits one CSV record into its cells with csv-parse, which says what is right.

import { CsvError, parse } from 'csv-parse/sync';
import type { CsvDialect } from '../../domain/definition.ts';

export type Row = { readonly cells: readonly string[] } | { readonly problem: string };

export type SplitRow = (text: string) => Row;

/** csv-parse keeps every cell, even those of a record that it refuses in the end. */
const MAX_DELIMITERS = 100_000;

const PROBLEMS: Readonly<Record<string, string>> = {
  CSV_INVALID_CLOSING_QUOTE: 'a quoted cell goes on after its closing quote',
  INVALID_OPENING_QUOTE: 'there is a quote inside a cell that is not quoted',
  CSV_QUOTE_NOT_CLOSED: 'a quoted cell never ends',
};

/** The text is one framed record, without its line end. */
export function createRowSplitter({ delimiter, quote, escape }: CsvDialect): SplitRow {
  const options =
    quote === ''
      ? { delimiter, quote: false, escape: null, record_delimiter: LINE_ENDS }
      : { delimiter, quote, escape: escape ?? quote, record_delimiter: LINE_ENDS };
  return (text) => {
    if (isLonger(text, delimiter)) return { problem: `there are more than ${MAX_DELIMITERS} delimiters in it` };
    try {
      const [cells, ...others] = parse(text, options);
      return cells === undefined || others.length > 0 ? { problem: 'the row is not one record' } : { cells };
    } catch (error) {
      if (!(error instanceof CsvError)) throw error;
      // csv-parse's own messages quote the data.
      return { problem: PROBLEMS[error.code] ?? 'the row is not well-formed CSV' };
    }
  };
}

const LINE_ENDS = ['\r\n', '\n', '\r'];

function isLonger(text: string, delimiter: string): boolean {
  if (text.length <= MAX_DELIMITERS) return false;
  let count = 0;
  for (let at = text.indexOf(delimiter); at !== -1; at = text.indexOf(delimiter, at + delimiter.length)) {
    if (++count > MAX_DELIMITERS) return true;
  }
  return false;
}
