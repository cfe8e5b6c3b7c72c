// Decodes CSV rows into records: cells by column name.

import type { StreamDefinition } from '../../domain/definition.ts';
import { SyncError } from '../../domain/errors.ts';
import { strictDecoder } from '../encodings.ts';
import type { Decode, Decoded } from '../format.ts';
import { createDecode } from '../lanes.ts';
import { finishedLine, refuseUnfinished } from '../last-line.ts';
import { createRecord } from '../names.ts';
import { refuse, refuseCharacter, refuseEncoding } from '../verdicts.ts';
import { CellSplitter } from './cells.ts';
import type { CsvContext } from './framer.ts';
import { readHeader } from './header.ts';
import { createRowSplitter } from './rows.ts';

/** Throws `source.header` and `source.encoding` for a header that cannot be used. */
export function createCsvDecoder(stream: StreamDefinition, encoding: string, context: CsvContext | null): Decode {
  if (context === null) {
    throw new SyncError('internal.bug', { message: 'a CSV decoder needs the context of a position after a record' });
  }
  const columns = readHeader(stream, encoding, context);
  // The only column of a file may well hold its own name; a row that repeats all names of several is the header.
  const readText = textReader(stream, encoding, columns.length > 1 ? context.header : '');
  const splitRow = createRowSplitter(stream.csv);
  const splitter = new CellSplitter(stream.csv, columns.length);
  const build = recordBuilder(columns, stream.empty);
  return createDecode(
    (raw) => {
      const text = readText(raw.bytes);
      if (typeof text !== 'string') return text;
      const row = splitRow(text);
      return 'problem' in row ? refuse('record.malformed', row.problem) : build(row.cells);
    },
    (raw) => {
      const text = readText(raw.bytes);
      const cells = typeof text === 'string' ? splitter.split(text) : null;
      return cells === null ? null : build(cells);
    },
  );
}

/** The text of a row, or why there is none. `header` is the row, in base64, that is no record. */
function textReader(
  { lastLine }: StreamDefinition,
  encoding: string,
  header: string,
): (bytes: Uint8Array) => string | Decoded {
  const decodeText = strictDecoder(encoding);
  const headerText = decodeText(Buffer.from(header, 'base64'));
  return (bytes) => {
    const line = lastLine === 'hold' ? finishedLine(bytes) : bytes;
    if (line === null) return refuseUnfinished();
    const text = decodeText(line);
    if (text === null) return refuseEncoding(encoding);
    if (line.includes(0)) return refuseCharacter();
    // Files that were put together of several have the header of each.
    if (text === headerText) return refuse('record.header', 'the row is the header again');
    return text;
  };
}

function recordBuilder(columns: readonly string[], empty: 'absent' | 'null'): (cells: readonly string[]) => Decoded {
  return (cells) => {
    const count = columns.length;
    if (cells.length !== count) {
      return refuse('record.columns', `the row has ${cells.length} cells, the header ${count} columns`);
    }
    const record = createRecord();
    for (let index = 0; index < count; index++) {
      const cell = cells[index];
      const name = columns[index] ?? '';
      if (cell) record[name] = cell;
      else if (empty === 'null') record[name] = null;
    }
    return { ok: true, record };
  };
}
