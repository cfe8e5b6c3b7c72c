import { rm, utimes, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { LastRead, ReadPlan } from '../../src/sources/source.ts';
import { codeOfAsync } from '../contract/source-contract.ts';
import { streamOf, type StreamChanges } from '../formats/support.ts';
import { testFolder } from './support.ts';

const { put, open, path } = testFolder();

async function planOf(changes: StreamChanges, last: LastRead | null = null): Promise<ReadPlan> {
  const source = await open();
  return source.plan(streamOf({ stream: '*.csv', ...changes }), {
    signal: new AbortController().signal,
    progress: () => {},
    last,
    missing: () => [],
    patienceMs: 1_000,
  });
}

const namesOf = ({ notes }: ReadPlan): readonly string[] => notes.map((note) => note.slice(0, note.indexOf(':')));
const after = ({ plan }: ReadPlan, sameDefinition = true, sameReader = true): LastRead => ({
  plan: JSON.parse(JSON.stringify(plan)),
  sameReader,
  sameDefinition,
});

/** A file of one record, with a time so many minutes ago. */
async function file(name: string, minutesAgo: number, text = `id\n${name}\n`): Promise<void> {
  await put(name, text);
  const time = new Date(Date.now() - minutesAgo * 60_000);
  await utimes(path(name), time, time);
}

describe('files', () => {
  test('all of them come in order of their dates, then of their names', async () => {
    for (const name of ['b-20261101.csv', 'a-20261102.csv', 'a-20261101.csv', 'a-2026.csv']) await file(name, 5);
    expect(namesOf(await planOf({}))).toEqual(['a-2026.csv', 'a-20261101.csv', 'a-20261102.csv', 'b-20261101.csv']);
    expect(namesOf(await planOf({ stream: '*-{date:yyyyMMdd}.csv' }))).toEqual([
      'a-20261101.csv',
      'b-20261101.csv',
      'a-20261102.csv',
    ]);
  });

  test('newest: all of the newest date', async () => {
    for (const name of ['x-20261101-1.csv', 'x-20261102-1.csv', 'x-20261102-2.csv']) await file(name, 5);
    await file('x-20261031-1.csv', 1);
    expect(namesOf(await planOf({ stream: 'x-{date:yyyyMMdd}-*.csv', files: 'newest' }))).toEqual([
      'x-20261102-1.csv',
      'x-20261102-2.csv',
    ]);
  });

  test('newest: without dates the one written last', async () => {
    await file('a.csv', 2);
    await file('b.csv', 1);
    await file('c.csv', 3);
    expect(namesOf(await planOf({ files: 'newest' }))).toEqual(['b.csv']);
  });

  test('since: each once, in the order of their times, also one that comes late with an older name', async () => {
    const since: StreamChanges = { files: 'since' };
    await file('b.csv', 9);
    await file('c.csv', 8);
    const first = await planOf(since);
    expect(namesOf(first)).toEqual(['b.csv', 'c.csv']);
    await file('d.csv', 2);
    await file('a.csv', 1);
    const second = await planOf(since, after(first));
    expect(namesOf(second)).toEqual(['d.csv', 'a.csv']);
    const third = await planOf(since, after(second));
    expect(third).toMatchObject({ ranges: 0, repeats: 'files', notes: [] });
    expect(third.plan).toMatchObject({ parts: (second.plan as { readonly parts: unknown }).parts });
    await file('c.csv', 1, 'id\nagain\n');
    expect(namesOf(await planOf(since, after(third, false, false)))).toEqual(['b.csv', 'd.csv', 'a.csv', 'c.csv']);
    const fourth = await planOf(since, after(third));
    expect(namesOf(fourth)).toEqual(['c.csv']);
    for (const name of ['a.csv', 'b.csv', 'c.csv', 'd.csv']) await rm(path(name));
    expect(await planOf(since, after(fourth))).toMatchObject({ ranges: 0 });
    expect(await codeOfAsync(() => planOf(since))).toBe('source.not_found');
  });

  test('since: more than one read may have are read in turns', async () => {
    for (let index = 0; index < 300; index++) await put(`${String(index).padStart(3, '0')}.csv`, 'id\n1\n');
    const first = await planOf({ stream: '{date:yyyy}.csv', files: 'since' }).catch(() => null);
    expect(first).toBeNull();
    const plan = await planOf({ files: 'since' });
    expect(plan.notes.at(-1)).toBe('44 more files are left for the next run');
    expect((await planOf({ files: 'since' }, after(plan))).notes).toHaveLength(21);
  });
});

describe('a plan repeats the last one', () => {
  test('in its files, untouched; in its content, written again; or not', async () => {
    await file('a.csv', 5);
    await file('b.csv', 5);
    const first = await planOf({});
    expect(first.repeats).toBe('no');
    expect(await planOf({}, after(first))).toMatchObject({ repeats: 'files', ranges: first.ranges, plan: first.plan });
    expect(await planOf({}, after(first, false))).toMatchObject({ repeats: 'files', plan: first.plan });
    expect(await planOf({}, after(first, false, false))).toMatchObject({ repeats: 'files', plan: first.plan });
    await file('b.csv', 4);
    expect((await planOf({}, after(first))).repeats).toBe('content');
    await file('b.csv', 4, 'id\nother\n');
    expect((await planOf({}, after(first))).repeats).toBe('no');
    await rm(path('b.csv'));
    expect((await planOf({}, after(first))).repeats).toBe('no');
  });

  test('also under the name of another day', async () => {
    await file('a.csv', 5);
    const first = await planOf({});
    await rm(path('a.csv'));
    await file('b.csv', 1, 'id\na.csv\n');
    expect((await planOf({}, after(first))).repeats).toBe('content');
  });
});

describe('a file that was just written', () => {
  const settle: StreamChanges = { settleMs: 300 };

  test('is read when nobody has written to it for a while', async () => {
    await put('a.csv', 'id\n1\n');
    const began = performance.now();
    const planning = planOf(settle);
    await sleep(100);
    await writeFile(path('a.csv'), 'id\n1\n2\n');
    expect((await planning).totalBytes).toBe(7);
    expect(performance.now() - began).toBeGreaterThan(350);
  });

  test('is not waited for when its time is old', async () => {
    await file('a.csv', 1);
    const began = performance.now();
    await planOf({ settleMs: 900 });
    expect(performance.now() - began).toBeLessThan(800);
  });

  test('is watched for as long when its time is in the future', async () => {
    await file('a.csv', -60);
    const began = performance.now();
    await planOf(settle);
    expect(performance.now() - began).toBeGreaterThan(250);
  });

  test('that is written to all the time is given up for now, by name', async () => {
    await put('a.csv', 'id\n');
    let on = true;
    const writing = (async (): Promise<void> => {
      for (let n = 0; on; n++) {
        await writeFile(path('a.csv'), `${n}\n`, { flag: 'a' });
        await sleep(50);
      }
    })();
    await expect(planOf(settle)).rejects.toMatchObject({
      code: 'source.writing',
      message: 'a.csv was written to a moment ago; waiting until it is whole',
    });
    on = false;
    await writing;
  });

  test('files that join it while it is waited for are read too', async () => {
    await put('a.csv', 'id\n1\n');
    const planning = planOf(settle);
    await sleep(100);
    await put('b.csv', 'id\n2\n');
    expect(namesOf(await planning)).toEqual(['a.csv', 'b.csv']);
  });

  test('waiting ends when the run is cancelled', async () => {
    await put('a.csv', 'id\n1\n');
    const source = await open();
    const abort = new AbortController();
    const planning = source.plan(streamOf({ settleMs: 5_000, stream: '*.csv' }), {
      signal: abort.signal,
      progress: () => {},
      last: null,
      missing: () => [],
      patienceMs: 10_000,
    });
    abort.abort();
    await expect(planning).rejects.toThrow();
  });
});
