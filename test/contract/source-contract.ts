import { describe, expect, test } from 'vitest';
import type { StreamDefinition } from '../../src/domain/definition.ts';
import { SyncError } from '../../src/domain/errors.ts';
import type { ReadItem, ReadPlan, Source, SourcePosition } from '../../src/sources/source.ts';

export interface SourceSample {
  readonly source: Source;
  readonly stream: StreamDefinition;
  /** How many records the stream has; at least three, so that there is a middle. */
  readonly records: number;
  /** Changes what the source holds, after a plan was made. */
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
      let [free, position, bytesRead] = [0, -1, 0];
      for (const item of items) {
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
      for (const [index, { after }] of whole.items.entries()) {
        expect(await readAll(source, stream, plan, stored(after))).toEqual({
          ...whole,
          items: whole.items.slice(index + 1),
          decoded: whole.decoded.slice(index + 1),
        });
      }
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
      const other = source.read(stream, plan.plan, plan.start, new AbortController().signal);
      const copies = items.map((item) => ({ ...item, after: stored(item.after) }));
      expect(copies.toReversed().map((item) => other.decode(item))).toEqual(decoded.toReversed());
    });

    test('nothing is proven before the read has ended', async () => {
      const { source, stream } = await factory();
      const plan = await source.plan(stream);
      const reader = source.read(stream, plan.plan, plan.start, new AbortController().signal);
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
      const reader = source.read(stream, plan.plan, plan.start, controller.signal);
      await expect(reader.items()[Symbol.asyncIterator]().next()).rejects.toBe(reason);
    });
  });
}

export interface WholeRead {
  readonly items: readonly Pick<ReadItem, 'position' | 'bytes' | 'after' | 'bytesRead'>[];
  readonly decoded: readonly unknown[];
  readonly completeness: 'proven' | 'unproven';
}

/** Reads to the end. Not for large streams. */
// oxlint-disable-next-line max-params -- mirrors Source.read
export async function readAll(
  source: Source,
  stream: StreamDefinition,
  plan: ReadPlan,
  from: SourcePosition = plan.start,
): Promise<WholeRead> {
  const reader = source.read(stream, plan.plan, from, new AbortController().signal);
  const items: WholeRead['items'][number][] = [];
  const decoded: unknown[] = [];
  for await (const chunk of reader.items()) {
    for (const item of chunk) {
      const { position, bytes, after, bytesRead } = item;
      items.push({ position, bytes: Uint8Array.from(bytes), after, bytesRead });
      decoded.push(reader.decode(item));
    }
  }
  return { items, decoded, completeness: reader.completeness() };
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
