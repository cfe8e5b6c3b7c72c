// How many records a document holds, by other people's parsers. They see the whole document at once.

import { parse } from 'csv-parse/sync';
import { SaxesParser } from 'saxes';
import type { Format, StreamDefinition } from '../../src/domain/definition.ts';

interface Counted {
  readonly framed: number;
  /** Of them, those that their decoder refused. */
  readonly refused: number;
}

/** What is wrong with the number of records of a document that was read to its end; null when nothing is known to be. */
export function countRecords(stream: StreamDefinition, bytes: Buffer, { framed, refused }: Counted): string | null {
  const text = decoded(bytes);
  if (text === null) return null;
  const count = COUNTERS[stream.format](text, stream);
  if (count === 'ill-formed') return refused > 0 ? null : 'an ill-formed document was read as if it were well-formed';
  return count === null || count === framed ? null : `${framed} records were read, there are ${count}`;
}

type Count = number | 'ill-formed' | null;

const COUNTERS: Readonly<Record<Format, (text: string, stream: StreamDefinition) => Count>> = {
  csv: countCsv,
  ndjson: (text) =>
    text
      .replace(/^\uFEFF/, '')
      .split('\n')
      .filter((line) => /[^ \t\r]/.test(line)).length,
  json: countJson,
  xml: countXml,
};

/** Null where a quote stands where none may: each such row is refused by itself, and csv-parse gives up. */
function countCsv(text: string): Count {
  try {
    const options = {
      bom: true,
      relax_column_count: true,
      skip_empty_lines: true,
      record_delimiter: ['\r\n', '\n', '\r'],
    };
    return parse(text, options).length - 1;
  } catch {
    return null;
  }
}

function countJson(text: string, { record }: StreamDefinition): Count {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return 'ill-formed';
  }
  for (const name of record === '' ? [] : record.split('.')) {
    if (typeof value !== 'object' || value === null) return null;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return Array.isArray(value) ? value.length : null;
}

function countXml(text: string, { record }: StreamDefinition): Count {
  const parser = new SaxesParser({ xmlns: true });
  const open: string[] = [];
  let count = 0;
  let failed = false;
  parser.on('error', () => (failed = true));
  parser.on('opentag', ({ local }) => {
    open.push(local);
    if (open.join('/') === record) count++;
  });
  parser.on('closetag', () => open.pop());
  parser.write(text.replace(/^\uFEFF/, '')).close();
  return failed ? 'ill-formed' : count;
}

function decoded(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}
