// What must hold for any bytes at all: an answer of ours and no other; the same answer however the bytes come; no record
// lost, none invented; and two lanes that say the same.

import { SyncError } from '../../src/domain/errors.ts';
import { type Decode, type Decoded, type FramePosition, START } from '../../src/formats/format.ts';
import { RangeFramer, SplitFinder } from '../../src/formats/ranges.ts';
import { formats } from '../../src/formats/registry.ts';
import type { FuzzCase } from './cases.ts';
import { countRecords } from './reference.ts';

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
  const { stream, bytes, sizes } = one;
  const whole = readRange(one, { sizes: [bytes.length + 1], from: START, end: null });
  return (
    differs('read in chunks', whole, readRange(one, { sizes, from: START, end: null })) ??
    checkPlaces(bytes, whole) ??
    checkResumed(one, whole) ??
    checkSplit(one, whole) ??
    checkDecoded(one, whole) ??
    (isEnd(whole)
      ? countRecords(stream, bytes, { framed: whole.records.length, refused: refusedOf(one, whole) })
      : null) ??
    (one.intact && !isEnd(whole) ? `a well-formed document ends with ${whole.end}` : null)
  );
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
function checkPlaces(bytes: Buffer, { records }: Read): string | null {
  let end = 0;
  for (const [index, { offset, bytes: raw, after }] of records.entries()) {
    if (offset < end || after.offset < offset + raw.length) return `record ${index} overlaps another one`;
    if (!bytes.subarray(offset, offset + raw.length).equals(raw)) return `record ${index} is not in the document`;
    end = after.offset;
  }
  return null;
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
    if (fast.ok && !isPlain(fast, one.bytes)) return `record ${index} holds what the document does not`;
    if (one.intact && !fast.ok) return `record ${index} of a well-formed document is refused: ${fast.message}`;
  }
  return null;
}

/** Null where the header cannot be used: then no run would begin. */
function decoderOf({ stream }: FuzzCase, { context }: FramePosition): Decode | null {
  try {
    return formats[stream.format].createDecoder(stream, 'utf-8', JSON.parse(JSON.stringify(context)));
  } catch (error) {
    if (error instanceof SyncError && error.code.startsWith('source.')) return null;
    throw error;
  }
}

/** No character was put in the place of another, and no object was given a new nature. */
function isPlain({ record }: Extract<Decoded, { ok: true }>, bytes: Buffer): boolean {
  const text = JSON.stringify(record);
  if (text.includes('\uFFFD') && !bytes.includes('\uFFFD') && !bytes.includes('fffd') && !bytes.includes('FFFD'))
    return false;
  return Object.keys(Object.prototype).length === 0 && !/"(__proto__|constructor|prototype)":/.test(text);
}

function refusedOf(one: FuzzCase, whole: Read): number {
  return whole.records.filter(({ offset, bytes, after }) => decoderOf(one, after)?.({ offset, bytes }).ok === false)
    .length;
}
