// The contract of writing: records become the bytes of a file that the format's framer and decoder read back the same.

import type { Format } from '../domain/definition.ts';
import { SyncError } from '../domain/errors.ts';
import type { SourceRecord } from '../domain/values.ts';

export interface WriteLayout {
  /** Path of the records: `accounts/account` in XML, `data.accounts` in JSON (empty: a plain array). */
  readonly record: string;
  /** Begin with a byte order mark. */
  readonly mark: boolean;
  /** The field whose value names a record in errors; null: its number, from 1. */
  readonly name: string | null;
  /** JSON and NDJSON: fields whose texts are written as numbers, where they are such, with every digit. */
  readonly numbers: ReadonlySet<string>;
  readonly csv: CsvLayout;
}

export interface CsvLayout {
  /** The header, and the fields that are written, in this order. Others of a record are left out. */
  readonly columns: readonly string[];
  readonly delimiter: string;
  readonly quote: string;
  readonly comment: string | null;
  /** Keeps spreadsheets from running cells as formulas; such a file is for people, not for machines. */
  readonly neutraliseFormulas: boolean;
}

export const PLAIN_LAYOUT: WriteLayout = {
  record: '',
  mark: false,
  name: null,
  numbers: new Set(),
  csv: { columns: [], delimiter: ',', quote: '"', comment: null, neutraliseFormulas: false },
};

/**
 * Writes records in UTF-8, in constant memory: `begin`, `write` as often as needed, `end`; the pieces in this order are
 * the file.
 *
 * What a format cannot hold is `format.unwritable` with the field, and with the record's name or number: U+0000 and
 * halves of surrogate pairs everywhere, names of properties that readers refuse, and what the format's own `writer.ts`
 * lists. Nothing is replaced or left out in silence. After an error the call has written nothing, and others may follow.
 *
 * What a format cannot tell apart comes back as one of the two: in CSV null, empty and absent; in XML empty text, text of
 * white space alone, an empty list or object, and absent; in XML a list of one value and the value.
 */
export interface FormatWriter {
  begin(): Uint8Array;
  write(records: readonly SourceRecord[]): Uint8Array;
  end(): Uint8Array;
}

/** Errors: `format.unwritable` for a layout that the format does not allow, such as two columns of one name. */
export type CreateWriter = (layout: WriteLayout) => FormatWriter;

export type WriterRegistry = Readonly<Record<Format, CreateWriter>>;

/** The text of a format around its records. */
export interface TextParts {
  readonly head: string;
  readonly between: string;
  readonly foot: string;
  /** Throws `Unwritable`. */
  readonly encode: (record: SourceRecord) => string;
}

/** Why a value cannot be written. `why` repeats no data. */
export class Unwritable extends Error {
  readonly field: string;

  constructor(field: string, why: string) {
    super(why);
    this.field = field;
  }
}

/** Characters that no text field can hold, and that readers refuse. */
const UNSTORABLE = /\0|\p{Surrogate}/u;

export function checkText(text: string, field: string): void {
  if (UNSTORABLE.test(text)) throw new Unwritable(field, 'has U+0000 or half a surrogate pair, which no text can hold');
}

export function textWriter(format: Format, layout: WriteLayout, parts: TextParts): FormatWriter {
  const { head, between, foot, encode } = parts;
  let written = 0;
  return {
    begin: () => Buffer.from((layout.mark ? '\uFEFF' : '') + head),
    write: (records) => {
      let text = '';
      for (const [index, record] of records.entries()) {
        try {
          text += (written + index === 0 ? '' : between) + encode(record);
        } catch (error) {
          if (!(error instanceof Unwritable)) throw error;
          throw unwritable(format, nameOf(record, layout, written + index + 1), error);
        }
      }
      written += records.length;
      return Buffer.from(text);
    },
    end: () => Buffer.from(foot),
  };
}

/** Runs what prepares a writer; a layout that cannot be is said with the format. */
export function laidOut<T>(format: Format, prepare: () => T): T {
  try {
    return prepare();
  } catch (error) {
    if (!(error instanceof Unwritable)) throw error;
    throw unwritable(format, 'the layout', error);
  }
}

function nameOf(record: SourceRecord, { name }: WriteLayout, number: number): string {
  const value = name === null ? undefined : record[name];
  return typeof value === 'string' ? `record ${value}` : `record number ${number}`;
}

function unwritable(format: Format, what: string, { field, message }: Unwritable): SyncError {
  return new SyncError('format.unwritable', {
    message: `${what} cannot be written as ${format}: ${JSON.stringify(field)} ${message}`,
    details: { format, what, field },
  });
}
