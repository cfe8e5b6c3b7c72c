// Splits one CSV record into its cells. csv-parse says what is right; records without quotes need no parser.

import { CsvError, parse } from 'csv-parse/sync';
import type { StreamDefinition } from '../../domain/definition.ts';

export type Row = { readonly cells: readonly string[] } | { readonly problem: string };

export type SplitRow = (text: string) => Row;

const PROBLEMS: Readonly<Record<string, string>> = {
  CSV_INVALID_CLOSING_QUOTE: 'a quoted cell goes on after its closing quote',
  INVALID_OPENING_QUOTE: 'there is a quote inside a cell that is not quoted',
  CSV_QUOTE_NOT_CLOSED: 'a quoted cell never ends',
  CSV_MAX_RECORD_SIZE: 'the row is longer than the limit',
};

/** The text is one framed record, without its line end. */
export function createRowSplitter(stream: StreamDefinition): SplitRow {
  const { delimiter, quote } = stream.csv;
  const options = {
    delimiter,
    quote: quote === '' ? false : quote,
    escape: quote === '' ? null : quote,
    record_delimiter: ['\r\n', '\n', '\r'],
    max_record_size: stream.maxRecordBytes,
  };
  return (text) => {
    // Framed without quotes, a record holds no line end, so that every delimiter in it is one.
    if (quote === '' || !text.includes(quote)) return { cells: text.split(delimiter) };
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
