// Decodes CSV rows into records: cells by column name.

import type { StreamDefinition } from '../../domain/definition.ts';
import { SyncError } from '../../domain/errors.ts';
import { strictDecoder } from '../encodings.ts';
import type { Decode, Decoded } from '../format.ts';
import { createDecode } from '../lanes.ts';
import { createRecord } from '../names.ts';
import { refuse, refuseCharacter, refuseEncoding } from '../verdicts.ts';
import type { CsvContext } from './framer.ts';
import { readHeader } from './header.ts';
import { createRowSplitter } from './rows.ts';

/** Throws `source.header` and `source.encoding` for a header that cannot be used. */
export function createCsvDecoder(stream: StreamDefinition, encoding: string, context: CsvContext | null): Decode {
  if (context === null) {
    throw new SyncError('internal.bug', { message: 'a CSV decoder needs the context of a position after a record' });
  }
  const columns = readHeader(stream, encoding, context);
  const decodeText = strictDecoder(encoding);
  const splitRow = createRowSplitter(stream);
  const build = recordBuilder(columns, stream.empty);
  return createDecode((raw) => {
    const text = decodeText(raw.bytes);
    if (text === null) return refuseEncoding(encoding);
    if (text.includes('\0')) return refuseCharacter();
    const row = splitRow(text);
    return 'problem' in row ? refuse('record.malformed', row.problem) : build(row.cells);
  });
}

function recordBuilder(columns: readonly string[], empty: 'absent' | 'null'): (cells: readonly string[]) => Decoded {
  return (cells) => {
    if (cells.length !== columns.length) {
      return refuse('record.columns', `the row has ${cells.length} cells, the header ${columns.length} columns`);
    }
    const record = createRecord();
    for (const [index, name] of columns.entries()) {
      const cell = cells[index];
      if (cell) record[name] = cell;
      else if (empty === 'null') record[name] = null;
    }
    return { ok: true, record };
  };
}
