// What is measured of a format: our own readers, and the parsers that others use, over the same document.

import { createHash, type Hash } from 'node:crypto';
import { parse as csvParse } from 'csv-parse/sync';
import { XMLParser } from 'fast-xml-parser';
import papaparse from 'papaparse';
import type { Format } from '../../src/domain/definition.ts';
import type { SourceRecord } from '../../src/domain/values.ts';
import { createHasher, type Hasher } from '../../src/fingerprint/hash.ts';
import { type Decode, type Decoded, type Lanes, type RawRecord, START } from '../../src/formats/format.ts';
import { formats } from '../../src/formats/registry.ts';
import { CUSTOMER_COLUMNS } from '../generate.ts';
import { streamOf } from './documents.ts';

/** As the file source reads. */
const CHUNK_BYTES = 256 * 1024;

export type LaneName =
  | 'framing'
  | 'fingerprint'
  | 'fast'
  | 'reference'
  | 'read'
  | 'csv-parse'
  | 'papaparse'
  | 'JSON.parse'
  | 'fast-xml-parser';

export interface Lane {
  readonly name: LaneName;
  /** Does the work once; returns how many records it met. */
  readonly run: () => number;
  /** What it takes the records for; null for lanes that do not decode. */
  readonly records: (() => Iterable<unknown>) | null;
  /** Records that it took, as opposed to those that it left to the reference; of the fast lane. */
  readonly lanes?: Lanes;
}

const OURS: readonly LaneName[] = ['framing', 'fingerprint', 'fast', 'reference', 'read'];

/** The lanes of each format. */
export const LANES: Readonly<Record<Format, readonly LaneName[]>> = {
  csv: [...OURS, 'csv-parse', 'papaparse'],
  ndjson: [...OURS, 'JSON.parse'],
  json: [...OURS, 'JSON.parse'],
  xml: [...OURS, 'fast-xml-parser'],
};

/** All lanes of a format over one document. */
export async function lanesOf(format: Format, document: Buffer): Promise<readonly Lane[]> {
  const hasher = await createHasher();
  return [...ourLanes(format, document, hasher), ...RIVALS[format](document)];
}

/** Equal for equal records. An empty cell and one that is absent are the same. */
export function digestOf(records: Iterable<unknown>): string {
  const hash = createHash('sha256');
  for (const record of records) addTo(hash, record);
  return hash.digest('hex');
}

function ourLanes(format: Format, document: Buffer, hasher: Hasher): readonly Lane[] {
  const raws = lazily(() => framed(format, document));
  const fast = decoderOf(format, document);
  return [
    { name: 'framing', run: () => eachRecord(format, document, () => undefined), records: null },
    {
      name: 'fingerprint',
      run: () => eachRecord(format, document, (raw) => hasher.fingerprint(raw.bytes)),
      records: null,
    },
    { ...decoding('fast', raws, fast), lanes: fast.lanes },
    decoding('reference', raws, decoderOf(format, document).reference),
    {
      name: 'read',
      run: () => {
        const decode = decoderOf(format, document);
        return eachRecord(format, document, (raw) => {
          hasher.fingerprint(raw.bytes);
          requireRecord(decode(raw));
        });
      },
      records: null,
    },
  ];
}

function decoding(
  name: 'fast' | 'reference',
  raws: () => readonly RawRecord[],
  decode: (raw: RawRecord) => Decoded,
): Lane {
  return {
    name,
    run: () => {
      for (const raw of raws()) requireRecord(decode(raw));
      return raws().length;
    },
    records: () => decodeEach(raws(), decode),
  };
}

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}

function* decodeEach(raws: readonly RawRecord[], decode: (raw: RawRecord) => Decoded): Generator<SourceRecord> {
  for (const raw of raws) yield requireRecord(decode(raw));
}

function requireRecord(decoded: Decoded): SourceRecord {
  if (!decoded.ok) throw new Error(`a record was refused: ${decoded.message}`);
  return decoded.record;
}

/** Drives a framer as the file source does. */
function eachRecord(format: Format, document: Buffer, take: (raw: RawRecord) => unknown): number {
  const framer = formats[format].createFramer(streamOf(format), START);
  let count = 0;
  const drain = (): void => {
    for (let raw = framer.next(); raw !== null; raw = framer.next()) {
      take(raw);
      count++;
    }
  };
  for (let at = 0; at < document.length; at += CHUNK_BYTES) {
    framer.push(document.subarray(at, at + CHUNK_BYTES));
    drain();
  }
  framer.finish();
  drain();
  return count;
}

function framed(format: Format, document: Buffer): readonly RawRecord[] {
  const raws: RawRecord[] = [];
  eachRecord(format, document, (raw) => raws.push(raw));
  return raws;
}

function decoderOf(format: Format, document: Buffer): Decode {
  const stream = streamOf(format);
  const framer = formats[format].createFramer(stream, START);
  framer.push(document.subarray(0, CHUNK_BYTES));
  framer.next();
  return formats[format].createDecoder(stream, stream.encoding, framer.position().context);
}

const XML = new XMLParser({ parseTagValue: false, trimValues: false, isArray: (name) => name === 'customer' });

const RIVALS: Readonly<Record<Format, (document: Buffer) => readonly Lane[]>> = {
  csv: (document) => [
    rival('csv-parse', () => csvParse(document, { columns: true })),
    rival(
      'papaparse',
      () => papaparse.parse<unknown>(document.toString(), { header: true, skipEmptyLines: true }).data,
    ),
  ],
  ndjson: (document) => [
    rival('JSON.parse', () =>
      document
        .toString()
        .trimEnd()
        .split('\n')
        .map((line): unknown => JSON.parse(line)),
    ),
  ],
  json: (document) => [rival('JSON.parse', () => customersIn(JSON.parse(document.toString())))],
  xml: (document) => [rival('fast-xml-parser', () => customersIn(XML.parse(document)))],
};

function rival(name: LaneName, parse: () => readonly unknown[]): Lane {
  return { name, run: () => parse().length, records: parse };
}

/** The one long list in the document. */
function customersIn(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value !== 'object' || value === null) return [];
  for (const inner of Object.values(value)) {
    const found = customersIn(inner);
    if (found.length > 0) return found;
  }
  return [];
}

function addTo(hash: Hash, record: unknown): void {
  const entries = new Map(Object.entries(typeof record === 'object' && record !== null ? record : {}));
  for (const column of CUSTOMER_COLUMNS) {
    const value: unknown = entries.get(column) ?? '';
    // A parser that makes numbers of numbers has lost the zeros behind the point.
    hash.update(`${column === 'credit_limit' ? Number(value) : String(value)}\u001F`);
    entries.delete(column);
  }
  // Where fast-xml-parser keeps the white space between elements.
  entries.delete('#text');
  if ([...entries.values()].some((value) => value !== '')) hash.update('more');
}
