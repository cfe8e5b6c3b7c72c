// From a body to events: checked as far as the sender can be told, and cut where every record has an id of its own.

import type { StreamDefinition } from '../domain/definition.ts';
import { SyncError } from '../domain/errors.ts';
import type { SourceRecord } from '../domain/values.ts';
import { detectEncoding } from '../formats/encodings.ts';
import { type Decode, type Decoded, START } from '../formats/format.ts';
import { formats } from '../formats/registry.ts';
import { compilePath } from '../transform/path.ts';
import { MAX_EVENT_ID } from './api.ts';
import { malformed } from './body.ts';

export interface Part {
  /** Null: none was given. */
  readonly eventId: string | null;
  readonly body: Uint8Array;
}

export interface Reading {
  /** How the body stands. */
  readonly stream: StreamDefinition;
  /** The path of the sender's id in each record; null: the request has one, or none. */
  readonly idPath: string | null;
  readonly requestId: string | null;
}

interface Framed {
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly decoded: Decoded;
}

/** A list of records is one event, unless each has an id: then it is as many, of which a repeated request brings none anew. */
const MAX_PARTS = 10_000;
/** What is around the records stands in every part. */
const MAX_PARTS_BYTES = 16 * 1_048_576;

/**
 * Errors: `request.malformed` when the body cannot be read, or no record in it can. Of several records a bad one is not
 * the sender's to mend: it goes with the others, to the quarantine.
 */
export function partsOf(body: Uint8Array, { stream, idPath, requestId }: Reading): readonly Part[] {
  const records = framed(stream, body);
  const [bad] = records.filter(({ decoded }) => !decoded.ok);
  if (bad !== undefined && !bad.decoded.ok && records.every(({ decoded }) => !decoded.ok))
    throw malformed(`the body is not ${stream.format}: ${bad.decoded.message}`);
  if (records.length === 0) return [];
  if (idPath === null) return [{ eventId: checkedId(requestId), body }];
  const idOf = compilePath(idPath);
  const ids = records.map(({ decoded }) => (decoded.ok ? idIn(decoded.record, idOf) : null));
  if (records.length === 1) return [{ eventId: ids[0] ?? null, body }];
  const parts = cut(body, records);
  if (parts.some((part) => !isOneRecord(stream, part)))
    throw malformed('its records cannot be told apart: expected one list of records, in UTF-8');
  return parts.map((part, index) => ({ eventId: ids[index] ?? null, body: part }));
}

function isOneRecord(stream: StreamDefinition, part: Uint8Array): boolean {
  try {
    return framed(stream, part).length === 1;
  } catch {
    return false;
  }
}

function framed(stream: StreamDefinition, body: Uint8Array): readonly Framed[] {
  if (body.length === 0) throw malformed('the request has no body');
  try {
    const { encoding, by } = detectEncoding(body, stream.encoding);
    if (by === 'guess' && encoding === 'gb18030')
      throw malformed('the body is not UTF-8; another encoding is named by `charset` of the Content-Type');
    return [...frames({ ...stream, encoding }, body)];
  } catch (error) {
    // The formats' own errors speak of sources.
    if (error instanceof SyncError && error.code.startsWith('source.'))
      throw malformed(`the body cannot be read as ${stream.format}: ${error.message}`);
    throw error;
  }
}

function* frames(stream: StreamDefinition, body: Uint8Array): Generator<Framed> {
  const { createFramer, createDecoder } = formats[stream.format];
  const framer = createFramer(stream, START);
  framer.push(Uint8Array.from(body)); // framers own what is pushed
  framer.finish();
  let context: unknown;
  let decode: Decode | null = null;
  for (let raw = framer.next(); raw !== null; raw = framer.next()) {
    const { context: now } = framer.position();
    if (decode === null || now !== context) decode = createDecoder(stream, stream.encoding, now);
    context = now;
    yield { offset: raw.offset, bytes: raw.bytes, decoded: decode(raw) };
  }
}

/** Every record alone in what is around all of them: the array, the root element, the header. */
function cut(body: Uint8Array, records: readonly Framed[]): readonly Uint8Array[] {
  const [first, last] = [records[0], records.at(-1)];
  if (first === undefined || last === undefined) return [];
  const before = body.subarray(0, first.offset);
  const after = body.subarray(last.offset + last.bytes.length);
  const size = records.reduce((sum, { bytes }) => sum + before.length + bytes.length + after.length, 0);
  if (records.length > MAX_PARTS || size > MAX_PARTS_BYTES)
    throw new SyncError('request.too_large', { message: `the body has too many records (${records.length})` });
  return records.map(({ bytes }) => Buffer.concat([before, bytes, after]));
}

function idIn(record: SourceRecord, idOf: ReturnType<typeof compilePath>): string | null {
  const value = idOf(record);
  return typeof value === 'string' && value !== '' ? checkedId(value) : null;
}

function checkedId(id: string | null): string | null {
  if (id === null) return null;
  // eslint-disable-next-line no-control-regex -- what neither a log nor a database should meet
  if (id.length > MAX_EVENT_ID || /[\u0000-\u001F\u007F]/.test(id))
    throw malformed(`the id of an event has more than ${MAX_EVENT_ID} characters, or control characters`);
  return id;
}
