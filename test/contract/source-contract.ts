import { describe, expect, test } from 'vitest';
import type { StreamDefinition } from '../../src/domain/definition.ts';
import { SyncError } from '../../src/domain/errors.ts';
import type { ReadAt, ReadItem, ReadPlan, Source } from '../../src/sources/source.ts';

export interface SourceSample {
  readonly source: Source;
  readonly stream: StreamDefinition;
  /** How many records the stream has; at least three, so that there is a middle. */
  readonly records: number;
  /** Changes what the source holds (or, of one that passes, its shape) after a plan was made. */
  readonly change: () => Promise<void>;
}

const MAX_POSITION = 2 ** 50;
const MAX_STORED_BYTES = 4096;

/** Every kind of source has to keep this. The factory makes a fresh sample for each test. */
export function describeSourceContract(name: string, factory: () => Promise<SourceSample>): void {
  describe(`${name} keeps the contract of a source`, () => {
    test('reading a plan twice yields identical items', async () => {
      const { source, stream, records } = await factory();
      const plan = await source.plan(stream);
      const first = await readAll(source, stream, plan);
      expect(first.items).toHaveLength(records);
      expect(await readAll(source, stream, stored(plan))).toEqual(first);
      await source.close();
    });

    test('positions ascend by at least the bytes of a record and stay below 2^50; progress ascends to the total', async () => {
      const { source, stream } = await factory();
      const plan = await source.plan(stream);
      const { items } = await readAll(source, stream, plan);
      let [free, position, bytesRead, range] = [0, -1, 0, 0];
      for (const item of items) {
        if (item.range !== range) ({ range, bytesRead } = { range: item.range, bytesRead: 0 });
        expect(item.position).toBeGreaterThanOrEqual(free);
        expect(item.bytesRead).toBeGreaterThanOrEqual(bytesRead);
        ({ position, bytesRead } = item);
        free = position + item.bytes.length;
      }
      expect(position).toBeLessThan(MAX_POSITION);
      expect(bytesRead).toBeLessThanOrEqual(plan.totalBytes ?? Number.MAX_SAFE_INTEGER);
    });

    test('a read that resumes after any record yields exactly the ones after it', async () => {
      const { source, stream } = await factory();
      const plan = await source.plan(stream);
      const whole = await readAll(source, stream, plan);
      for (const [index, { range, after }] of whole.items.entries()) {
        const rest = await readAll(source, stream, plan, { range, position: stored(after) });
        expect(rest.items.map(known)).toEqual(whole.items.slice(index + 1).map(known));
        expect(rest.decoded).toEqual(whole.decoded.slice(index + 1));
        expect(rest.completeness).toBe(plan.passing === true ? 'unproven' : whole.completeness);
      }
    });

    test('ranges may be read in any order; together they consume what the plan says', async () => {
      const { source, stream } = await factory();
      const plan = await source.plan(stream);
      const whole = await readAll(source, stream, plan);
      const ranges: WholeRead[] = [];
      for (let range = plan.ranges - 1; range >= 0; range--)
        ranges.unshift(await readRange(source, stream, plan, { range, position: null }));
      expect(ranges.flatMap(({ items }) => items)).toEqual(whole.items);
      const sum = ranges.reduce((bytes, { bytesRead }) => bytes + bytesRead, 0);
      expect(sum).toBe(plan.totalBytes ?? whole.bytesRead);
    });

    test('positions are small and survive storage', async () => {
      const { source, stream } = await factory();
      const plan = await source.plan(stream);
      for (const { after } of (await readAll(source, stream, plan)).items) {
        expect(stored(after)).toEqual(after);
        expect(Buffer.byteLength(JSON.stringify(after))).toBeLessThan(MAX_STORED_BYTES);
      }
    });

    test('any reader of the plan decodes an item, also one that has been stored', async () => {
      const { source, stream } = await factory();
      const plan = await source.plan(stream);
      const { items, decoded } = await readAll(source, stream, plan);
      const other = source.read(stream, plan.plan, FIRST, new AbortController().signal).decoder();
      const copies = items.map((item) => ({ ...item, after: stored(item.after) }));
      expect(copies.toReversed().map((item) => other.decode(item))).toEqual(decoded.toReversed());
      expect(other.lanes.fast + other.lanes.reference).toBe(items.length);
    });

    test('nothing is proven before the read has ended', async () => {
      const { source, stream } = await factory();
      const plan = await source.plan(stream);
      const reader = source.read(stream, plan.plan, FIRST, new AbortController().signal);
      expect(reader.completeness()).toBe('unproven');
      for await (const _ of reader.items()) break;
      expect(reader.completeness()).toBe('unproven');
    });

    test('a source that changed after the plan is refused', async () => {
      const { source, stream, change } = await factory();
      const plan = await source.plan(stream);
      await change();
      await expect(readAll(source, stream, plan)).rejects.toMatchObject({ code: 'source.changed' });
    });

    test('an aborted read stops with the reason of the signal', async () => {
      const { source, stream } = await factory();
      const plan = await source.plan(stream);
      const reason = new Error('enough');
      const controller = new AbortController();
      controller.abort(reason);
      const reader = source.read(stream, plan.plan, FIRST, controller.signal);
      await expect(reader.items()[Symbol.asyncIterator]().next()).rejects.toBe(reason);
    });
  });
}

export interface WholeRead {
  readonly items: readonly (ReadItem & { readonly range: number })[];
  readonly decoded: readonly unknown[];
  readonly completeness: 'proven' | 'unproven';
  readonly bytesRead: number;
}

const FIRST: ReadAt = { range: 0, position: null };

/** Reads from a place to the end, range after range. Not for large streams. */
// oxlint-disable-next-line max-params -- mirrors Source.read
export async function readAll(
  source: Source,
  stream: StreamDefinition,
  plan: ReadPlan,
  from: ReadAt = FIRST,
): Promise<WholeRead> {
  const ranges: WholeRead[] = [];
  for (let at = from; at.range < plan.ranges; at = { range: at.range + 1, position: null })
    ranges.push(await readRange(source, stream, plan, at));
  return {
    items: ranges.flatMap(({ items }) => items),
    decoded: ranges.flatMap(({ decoded }) => decoded),
    completeness: ranges.every(({ completeness }) => completeness === 'proven') ? 'proven' : 'unproven',
    bytesRead: ranges.reduce((sum, { bytesRead }) => sum + bytesRead, 0),
  };
}

// oxlint-disable-next-line max-params -- mirrors Source.read
async function readRange(source: Source, stream: StreamDefinition, plan: ReadPlan, at: ReadAt): Promise<WholeRead> {
  const reader = source.read(stream, plan.plan, at, new AbortController().signal);
  const decoder = reader.decoder();
  const items: WholeRead['items'][number][] = [];
  const decoded: unknown[] = [];
  for await (const chunk of reader.items()) {
    for (const item of chunk) {
      const { position, bytes, after, bytesRead } = item;
      items.push({ range: at.range, position, bytes: Uint8Array.from(bytes), after, bytesRead });
      decoded.push(decoder.decode(item));
    }
  }
  return { items, decoded, completeness: reader.completeness(), bytesRead: reader.bytesRead };
}

/** What does not depend on where a reader began. */
function known({ bytesRead: _bytesRead, ...item }: WholeRead['items'][number]): unknown {
  return item;
}

/** The code of the error that an action ends with, or `no error`. */
export async function codeOfAsync(action: () => Promise<unknown>): Promise<string> {
  try {
    await action();
  } catch (error) {
    if (error instanceof SyncError) return error.code;
    throw error;
  }
  return 'no error';
}

function stored<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
