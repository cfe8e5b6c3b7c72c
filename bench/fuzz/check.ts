// What must hold for any bytes at all: an answer of ours and no other; the same answer however the bytes come; no record
// lost, none invented; and two lanes that say the same.

import { isUtf8 } from 'node:buffer';
import iconv from 'iconv-lite';
import { SyncError } from '../../src/domain/errors.ts';
import { type Decode, type Decoded, type FramePosition, START } from '../../src/formats/format.ts';
import { RangeFramer, SplitFinder } from '../../src/formats/ranges.ts';
import { formats } from '../../src/formats/registry.ts';
import type { FuzzCase } from './cases.ts';
import { compareRecords } from './reference.ts';

interface Raw {
  readonly offset: number;
  readonly bytes: Buffer;
  readonly after: FramePosition;
}

interface Read {
  readonly records: readonly Raw[];
  /** How it ended: a completeness, or the code of an error. */
  readonly end: string;
}

/** What is wrong with how a case is read; null when nothing is. Throws what no reader may throw. */
export function checkCase(one: FuzzCase): string | null {
  const { stream, bytes, original, sizes } = one;
  const whole = readRange(one, { sizes: [bytes.length + 1], from: START, end: null });
  const intact = bytes.equals(original);
  const decoded = whole.records.map((raw) => decoderOf(one, raw.after)?.(raw) ?? null);
  return (
    differs('read in chunks', whole, readRange(one, { sizes, from: START, end: null })) ??
    checkPlaces(one, whole) ??
    checkResumed(one, whole) ??
    checkSplit(one, whole) ??
    checkDecoded(one, whole) ??
    (isEnd(whole) ? compareRecords(stream, bytes, decoded) : null) ??
    (intact ? checkIntact(whole, decoded) : checkBefore(one, whole))
  );
}

function checkIntact(whole: Read, decoded: readonly (Decoded | null)[]): string | null {
  if (!isEnd(whole)) return `a well-formed document ends with ${whole.end}`;
  const refused = decoded.findIndex((record) => record?.ok !== true);
  return refused === -1 ? null : `record ${refused} of a well-formed document is refused`;
}

/** How far a framer looks beyond a record: CRLF, in UTF-16. */
const LOOK_AHEAD = 4;

/** What comes later changes nothing about the records before it. */
function checkBefore(one: FuzzCase, whole: Read): string | null {
  const { bytes, original } = one;
  let changed = 0;
  while (changed < bytes.length && bytes[changed] === original[changed]) changed++;
  const before = readRange({ ...one, bytes: original }, { sizes: [original.length + 1], from: START, end: null });
  const kept = before.records.filter(({ after }) => after.offset + LOOK_AHEAD <= changed);
  const at = kept.findIndex((raw, index) => !same(raw, whole.records[index]));
  return at === -1 ? null : `record ${at}, which ends before the first change, is another one or none`;
}

function isEnd({ end }: Read): boolean {
  return end === 'proven' || end === 'unproven';
}

function readRange(
  { stream, bytes }: FuzzCase,
  {
    sizes,
    from,
    end,
  }: { readonly sizes: readonly number[]; readonly from: FramePosition; readonly end: number | null },
): Read {
  const records: Raw[] = [];
  try {
    const framer = new RangeFramer(formats[stream.format].createFramer(stream, from), end);
    const drain = (): void => {
      for (let raw = framer.next(); raw !== null; raw = framer.next())
        records.push({ offset: raw.offset, bytes: Buffer.from(raw.bytes), after: framer.position() });
    };
    let at = from.offset;
    for (let turn = 0; at < bytes.length && !framer.done; turn++) {
      const size = sizes[turn % sizes.length] ?? 1;
      framer.push(Uint8Array.from(bytes.subarray(at, at + size)));
      at += size;
      drain();
    }
    if (at >= bytes.length) framer.finish();
    drain();
    return { records, end: framer.completeness() };
  } catch (error) {
    if (error instanceof SyncError && error.code.startsWith('source.')) return { records, end: error.code };
    throw error;
  }
}

function differs(how: string, expected: Read, found: Read): string | null {
  if (expected.end !== found.end) return `${how}: ends with ${found.end}, not ${expected.end}`;
  if (expected.records.length !== found.records.length)
    return `${how}: ${found.records.length} records, not ${expected.records.length}`;
  const at = expected.records.findIndex((raw, index) => !same(raw, found.records[index]));
  return at === -1 ? null : `${how}: record ${at} is another one`;
}

function same(a: Raw, b: Raw | undefined): boolean {
  return b !== undefined && a.offset === b.offset && a.bytes.equals(b.bytes) && a.after.offset === b.after.offset;
}

/** Every record stands where it says, after the one before it. */
function checkPlaces({ stream, bytes }: FuzzCase, { records }: Read): string | null {
  let end = 0;
  for (const [index, { offset, bytes: raw, after }] of records.entries()) {
    const written = asWritten(raw, stream.encoding);
    if (offset < end || after.offset < offset + (written?.length ?? 0)) return `record ${index} overlaps another one`;
    if (written !== null && !bytes.subarray(offset, offset + written.length).equals(written))
      return `record ${index} is not in the document`;
    end = after.offset;
  }
  return null;
}

/** Records of UTF-16 come as UTF-8. Null for one that is not text: what it was cannot be said. */
function asWritten(raw: Buffer, encoding: string): Buffer | null {
  if (!encoding.startsWith('utf-16')) return raw;
  return isUtf8(raw) ? iconv.encode(raw.toString(), encoding, { addBOM: false }) : null;
}

function checkResumed(one: FuzzCase, whole: Read): string | null {
  for (const [index, { after }] of whole.records.entries()) {
    const from: FramePosition = JSON.parse(JSON.stringify(after));
    const rest = readRange(one, { sizes: one.sizes, from, end: null });
    const expected = { records: whole.records.slice(index + 1), end: whole.end };
    const problem = differs(`resumed after record ${index}`, expected, rest);
    if (problem !== null) return problem;
  }
  return null;
}

function checkSplit(one: FuzzCase, whole: Read): string | null {
  if (!isEnd(whole)) return null;
  const { stream, bytes, everyBytes, sizes } = one;
  const finder = new SplitFinder(formats[stream.format].createFramer(stream, START), everyBytes);
  finder.push(Uint8Array.from(bytes));
  finder.finish();
  const starts = [START, ...(JSON.parse(JSON.stringify(finder.splits)) as readonly FramePosition[])]; // plain data
  const ranges = starts.map((from, index) => readRange(one, { sizes, from, end: starts[index + 1]?.offset ?? null }));
  const joined = { records: ranges.flatMap((range) => range.records), end: ranges.at(-1)?.end ?? '' };
  return differs(`read in ${ranges.length} ranges`, whole, joined);
}

function checkDecoded(one: FuzzCase, whole: Read): string | null {
  for (const [index, { offset, bytes, after }] of whole.records.entries()) {
    const decode = decoderOf(one, after);
    if (decode === null) continue;
    const [fast, reference] = [decode({ offset, bytes }), decode.reference({ offset, bytes })];
    if (JSON.stringify(fast) !== JSON.stringify(reference)) return `record ${index}: the lanes do not agree`;
    if (fast.ok && !isPlain(fast, one)) return `record ${index} holds what the document does not`;
  }
  return null;
}

/** Null where the header cannot be used: then no run would begin. */
function decoderOf({ stream }: FuzzCase, { context }: FramePosition): Decode | null {
  try {
    return formats[stream.format].createDecoder(stream, stream.encoding, JSON.parse(JSON.stringify(context)));
  } catch (error) {
    if (error instanceof SyncError && error.code.startsWith('source.')) return null;
    throw error;
  }
}

/** No character was put in the place of another, and no object was given a new nature. */
function isPlain({ record }: Extract<Decoded, { ok: true }>, { bytes, stream }: FuzzCase): boolean {
  const text = JSON.stringify(record);
  const written = ['\uFFFD', 'fffd', 'FFFD'].some((way) => bytes.includes(way));
  if (stream.encoding === 'utf-8' && text.includes('\uFFFD') && !written) return false;
  return Object.keys(Object.prototype).length === 0 && !/(?<!\\)"(__proto__|constructor|prototype)":/.test(text);
}
