// The first rows of a CSV part: what is wrong with all of them is wrong with the file.

import { SyncError } from '../../domain/errors.ts';
import { type Decoded, START, type Surroundings } from '../../formats/format.ts';
import { formats } from '../../formats/registry.ts';
import type { Inspecting } from './header.ts';

const MIN_ROWS = 5;
const MAX_ROWS = 500;
/** A spreadsheet keeps fifteen digits of a number; zeros take the place of the others. */
const ROUNDED = /^\d{15}0+$/;
const LONG = /^\d{16,}$/;

/**
 * What people should know of a part, from a look at its first rows. Throws `source.header` when every one of them has
 * another number of cells than the header has names: then every value would stand under another name.
 */
export function judgeSample(
  inspecting: Pick<Inspecting, 'stream' | 'encoding' | 'prefix'>,
  surroundings: Surroundings,
): readonly string[] {
  const { columns } = surroundings;
  if (inspecting.stream.format !== 'csv' || columns === null) return [];
  const rows = firstRows(inspecting, surroundings);
  checkCells(rows);
  return columns
    .filter((name) => isRounded(rows, name))
    .map(
      (name) =>
        `every long number in ${name} ends in zeros: a spreadsheet has rounded them; re-export the column as text`,
    );
}

/** One ragged row is a bad row. */
function checkCells(rows: readonly Decoded[]): void {
  const messages = new Set(rows.map((row) => (row.ok || row.rule !== 'record.columns' ? null : row.message)));
  const [message] = messages;
  if (rows.length < MIN_ROWS || messages.size > 1 || message == null) return;
  throw new SyncError('source.header', {
    message: `in each of the first ${rows.length} rows ${message}: columns are shifted, added or missing`,
  });
}

/** One such number may be right, several without any other are not. */
function isRounded(rows: readonly Decoded[], name: string): boolean {
  const long = rows.flatMap((row) => {
    const value = row.ok ? row.record[name] : null;
    return typeof value === 'string' && LONG.test(value) ? [value] : [];
  });
  return long.length >= MIN_ROWS && long.every((value) => ROUNDED.test(value));
}

function firstRows(
  { stream, encoding, prefix }: Pick<Inspecting, 'stream' | 'encoding' | 'prefix'>,
  { context }: Surroundings,
): readonly Decoded[] {
  const framer = formats.csv.createFramer({ ...stream, encoding }, START);
  const decode = formats.csv.createDecoder(stream, encoding, context);
  const rows: Decoded[] = [];
  framer.push(Buffer.from(prefix));
  for (let raw = framer.next(); raw !== null && rows.length < MAX_ROWS; raw = framer.next()) rows.push(decode(raw));
  return rows;
}
