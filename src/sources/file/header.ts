// The header of a CSV part, seen with the eyes of whoever needs certain columns: when it is not what it should be, why.

import type { StreamDefinition } from '../../domain/definition.ts';
import { SyncError } from '../../domain/errors.ts';
import { nearest } from '../../domain/suggest.ts';
import type { Surroundings } from '../../formats/format.ts';
import { formats } from '../../formats/registry.ts';

export interface Inspecting {
  readonly stream: StreamDefinition;
  readonly encoding: string;
  /** The first bytes of the part. */
  readonly prefix: Buffer;
  /** Of the columns that are needed, those that are not among these. */
  readonly missing: (columns: readonly string[]) => readonly string[];
}

const MAX_SKIPPED = 50;
const DELIMITERS = [',', ';', '\t', '|'];

/**
 * What lies around the records of a part. Throws as `FormatReader.inspect` does, and `source.header` when a column that is
 * needed is missing.
 */
export function inspectPart(inspecting: Inspecting): Surroundings {
  const { stream, encoding, prefix, missing } = inspecting;
  let surroundings: Surroundings;
  try {
    surroundings = formats[stream.format].inspect(stream, encoding, prefix);
  } catch (error) {
    throw explain(error, inspecting);
  }
  const { columns } = surroundings;
  if (columns === null) return surroundings;
  const lacking = missing(columns);
  if (lacking.length > 0) {
    const what = `there is no column ${lacking.map((name) => suggest(name, columns)).join(', ')}`;
    const elsewhere = hint(inspecting) ?? `the header has ${columns.join(', ')}`;
    throw new SyncError('source.header', { message: `${what}; ${elsewhere}`.slice(0, 1000) });
  }
  return surroundings;
}

/** A header that cannot be one is often a title above the real one. */
function explain(error: unknown, inspecting: Inspecting): unknown {
  if (!(error instanceof SyncError) || (error.code !== 'source.header' && error.code !== 'source.empty')) return error;
  const elsewhere = hint(inspecting);
  if (elsewhere === null) return error;
  return new SyncError('source.header', { message: `${error.message}; ${elsewhere}`, cause: error });
}

function suggest(name: string, columns: readonly string[]): string {
  const found = columns.find((column) => plain(column) === plain(name)) ?? nearest(name, columns);
  return found === undefined ? name : `${name} (is it "${found}" now?)`;
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[\s_.-]+/g, '');
}

/** Where the columns are, if they are somewhere else than they should be. */
function hint({ stream, encoding, prefix, missing }: Inspecting): string | null {
  const { csv } = stream;
  if (stream.format !== 'csv' || csv.columns !== null) return null;
  const fits = (changes: Partial<StreamDefinition['csv']>): boolean => {
    try {
      const { columns } = formats.csv.inspect({ ...stream, csv: { ...csv, ...changes } }, encoding, prefix);
      return columns !== null && missing(columns).length === 0;
    } catch {
      return false;
    }
  };
  // Blank lines may stand above the header: the last number that works is that of the lines above it.
  const skipLines = Array.from({ length: MAX_SKIPPED + 1 }, (_, lines) => lines).findLast((lines) =>
    fits({ skipLines: lines }),
  );
  if (skipLines !== undefined)
    return `the header with the columns is on line ${skipLines + 1}: set \`csv.skip_lines: ${skipLines}\``;
  const delimiter = DELIMITERS.find((one) => one !== csv.delimiter && fits({ delimiter: one }));
  return delimiter === undefined
    ? null
    : `the columns are there with the delimiter ${JSON.stringify(delimiter)}: set \`csv.delimiter\``;
}
