import { describe, expect, test } from 'vitest';
import type { ReadItem, SourceReader } from '../../src/sources/source.ts';
import { OpenRead, OpenReads } from '../../src/steps/open-reads.ts';

interface Opened {
  readonly read: OpenRead;
  readonly isClosed: () => boolean;
}

const itemsOf = (...positions: number[]): readonly ReadItem[] =>
  positions.map((position) => ({ position, bytes: new Uint8Array(), after: position, bytesRead: position }));
const positionsOf = (items: readonly ReadItem[] | null): readonly number[] | null =>
  items?.map(({ position }) => position) ?? null;

/** A reader of two chunks that holds something open. */
function openRead(): Opened {
  let closed = false;
  const read = new OpenRead((signal): SourceReader => ({
    async *items() {
      try {
        yield itemsOf(1, 2, 3);
        signal.throwIfAborted();
        yield itemsOf(4);
      } finally {
        closed = true;
      }
    },
    decoder: () => ({ decode: () => ({ ok: false, rule: '', message: '' }), lanes: { fast: 0, reference: 0 } }),
    bytesRead: 0,
    completeness: () => 'unproven',
    costlyToResume: true,
  }));
  return { read, isClosed: () => closed };
}

describe('an open read', () => {
  test('gives again what was put back, then goes on to its end', async () => {
    const { read, isClosed } = openRead();
    const items = (await read.next()) ?? [];
    read.putBack(items.slice(1));
    expect(positionsOf(await read.next())).toEqual([2, 3]);
    expect(positionsOf(await read.next())).toEqual([4]);
    expect(await read.next()).toBeNull();
    expect(isClosed()).toBe(true);
  });

  test('obeys the last signal that it was given, and no other', async () => {
    const { read } = openRead();
    const [first, second] = [new AbortController(), new AbortController()];
    read.obey(first.signal);
    await read.next();
    read.obey(second.signal);
    first.abort(new Error('the batch before was cancelled'));
    second.abort(new Error('enough'));
    await expect(read.next()).rejects.toThrow('enough');
  });

  test('lets go when it is closed in the middle, and may be closed twice', async () => {
    const { read, isClosed } = openRead();
    await read.next();
    await read.close();
    await read.close();
    expect(isClosed()).toBe(true);
  });
});

describe('the open reads of a process', () => {
  test('are taken once, at the place where they stand', async () => {
    const reads = new OpenReads();
    const { read } = openRead();
    reads.park('run/1', read);
    expect(reads.take('run/2')).toBeUndefined();
    expect(reads.take('run/1')).toBe(read);
    expect(reads.take('run/1')).toBeUndefined();
    await read.close();
  });

  test('are few: the oldest is closed', async () => {
    const reads = new OpenReads();
    const opened = [1, 2, 3, 4, 5].map(openRead);
    for (const [index, { read }] of opened.entries()) {
      await read.next();
      reads.park(String(index), read);
    }
    await Promise.resolve();
    expect(opened.map(({ isClosed }) => isClosed())).toEqual([true, false, false, false, false]);
    expect(reads.take('0')).toBeUndefined();
    for (const { read } of opened) await read.close();
  });

  test('one that takes the place of another closes it', async () => {
    const reads = new OpenReads();
    const [first, second] = [openRead(), openRead()];
    await first.read.next();
    reads.park('same', first.read);
    reads.park('same', second.read);
    await Promise.resolve();
    expect(first.isClosed()).toBe(true);
    expect(reads.take('same')).toBe(second.read);
    await second.read.close();
  });
});
