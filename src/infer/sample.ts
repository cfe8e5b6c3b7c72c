// The beginning of a file as records: format, encoding, dialect and the place of the records are found out.

import type { Format, StreamDefinition } from '../domain/definition.ts';
import { SyncError } from '../domain/errors.ts';
import type { SourceRecord } from '../domain/values.ts';
import { detectEncoding, PREFIX_BYTES, type DetectedEncoding } from '../formats/encodings.ts';
import { openInMemory } from '../formats/in-memory.ts';
import { guessCsv, type CsvGuess } from './guess-csv.ts';
import { guessJsonRecords, looksLikeNdjson } from './guess-json.ts';
import { guessXmlRecords } from './guess-xml.ts';

/** A file, or its beginning. */
export interface SampleFile {
  readonly bytes: Uint8Array;
  /** The bytes are all there are. */
  readonly whole: boolean;
  /** What the file's name says; its content may say otherwise. */
  readonly named: Format | undefined;
  /** What a person says, in place of guesses. */
  readonly record?: string | undefined;
  readonly maxRecords: number;
}

export interface Sample {
  readonly format: Format;
  readonly encoding: DetectedEncoding;
  /** As `record` is written; empty where there is no such thing. */
  readonly record: string;
  readonly csv: CsvGuess | null;
  readonly records: readonly SourceRecord[];
  /** Records that could not be decoded. */
  readonly unreadable: number;
  /** The sample is everything that the file has. */
  readonly whole: boolean;
}

/**
 * Reads as many records as asked for. Throws `source.empty`, `source.encoding`, `source.header`, `source.malformed` and
 * what else framers throw; `source.malformed` when there is nothing that could be a record.
 */
export function readSample(file: SampleFile, base: StreamDefinition): Sample {
  if (file.bytes.length === 0) throw new SyncError('source.empty', { message: 'the file has no bytes' });
  const encoding = detectEncoding(file.bytes.subarray(0, PREFIX_BYTES), 'auto');
  const text = new TextDecoder(encoding.encoding).decode(file.bytes);
  const format = guessFormat(text, file.named);
  const csv = format === 'csv' ? guessCsv(text) : null;
  const record = file.record ?? guessRecord(text, format);
  const dialect = csv === null ? {} : { delimiter: csv.delimiter, skipLines: csv.skipLines };
  const stream = { ...base, format, record, encoding: encoding.encoding, csv: { ...base.csv, ...dialect } };
  const { records, unreadable, ended } = take(stream, file);
  if (records.length === 0) {
    throw new SyncError('source.malformed', { message: `there is no record that can be read as ${format}` });
  }
  return { format, encoding, record, csv, records, unreadable, whole: file.whole && ended };
}

function take(
  stream: StreamDefinition,
  { bytes, whole, maxRecords }: SampleFile,
): { readonly records: SourceRecord[]; readonly unreadable: number; readonly ended: boolean } {
  const records: SourceRecord[] = [];
  let unreadable = 0;
  for (const decoded of openInMemory(stream, bytes, { whole }).records) {
    if (records.length + unreadable === maxRecords) return { records, unreadable, ended: false };
    if (decoded.ok) records.push(decoded.record);
    else unreadable++;
  }
  return { records, unreadable, ended: true };
}

function guessFormat(text: string, named: Format | undefined): Format {
  const first = /[^\s\uFEFF]/.exec(text)?.[0];
  if (first === '<') return 'xml';
  if (first === '{' || first === '[') return looksLikeNdjson(text, named === 'ndjson') ? 'ndjson' : 'json';
  return named === 'ndjson' ? named : 'csv';
}

function guessRecord(text: string, format: Format): string {
  if (format !== 'json' && format !== 'xml') return '';
  const guess = format === 'json' ? guessJsonRecords(text) : guessXmlRecords(text);
  if (guess !== null) return guess.path;
  const what = format === 'json' ? 'array of objects' : 'element with children inside the root';
  throw new SyncError('source.malformed', { message: `there is no ${what}: nothing that could be the records` });
}
