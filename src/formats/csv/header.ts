// The header row of a CSV stream: the names of its columns.

import type { StreamDefinition } from '../../domain/definition.ts';
import { SyncError } from '../../domain/errors.ts';
import { strictDecoder } from '../encodings.ts';
import { isForbiddenName } from '../names.ts';
import type { CsvContext } from './framer.ts';
import { createRowSplitter } from './rows.ts';

/** The configured columns, else those of the header row without the white space around them. Throws `source.header` naming what is wrong. */
export function readHeader(stream: StreamDefinition, encoding: string, context: CsvContext): readonly string[] {
  if (stream.csv.columns !== null) return stream.csv.columns;
  const text = strictDecoder(encoding)(Buffer.from(context.header, 'base64'));
  if (text === null) {
    throw new SyncError('source.encoding', { message: `the header row has bytes that are not valid ${encoding}` });
  }
  const row = createRowSplitter(stream.csv)(text);
  if ('problem' in row) throw new SyncError('source.header', { message: `the header row is damaged: ${row.problem}` });
  const columns = row.cells.map((cell) => cell.trim());
  checkNames(columns);
  return columns;
}

function checkNames(columns: readonly string[]): void {
  const seen = new Set<string>();
  columns.forEach((name, index) => {
    const problem = nameProblem(name, seen);
    if (problem !== null) {
      throw new SyncError('source.header', {
        message: `column ${index + 1} of the header ${problem}`,
        details: { column: index + 1, name },
      });
    }
    seen.add(name);
  });
}

function nameProblem(name: string, seen: ReadonlySet<string>): string | null {
  if (name === '') return 'has no name';
  if (seen.has(name)) return `is named "${name}" like an earlier one`;
  return isForbiddenName(name) ? `may not be named "${name}"` : null;
}
