// What `npm run bench:formats` measures: every lane and every other parser reads the generated records.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { cellsAt, documentOf, FORMATS, writeDocument } from '../../bench/formats/documents.ts';
import { digestOf, LANES, lanesOf } from '../../bench/formats/lanes.ts';
import { aimsOf, type LaneRun, renderTable } from '../../bench/formats/report.ts';
import { CUSTOMER_COLUMNS } from '../../bench/generate.ts';

const folder = mkdtempSync(join(tmpdir(), 'tributary-formats-'));
afterAll(() => rmSync(folder, { recursive: true }));

const SET = { rows: 300, seed: 5 };
const generated = Array.from({ length: SET.rows }, (_none, index) => {
  const cells = cellsAt(index, SET);
  return Object.fromEntries(CUSTOMER_COLUMNS.map((column, at) => [column, cells[at]]));
});

test.each(FORMATS)('every lane of %s meets every record, and the same ones', async (format) => {
  const document = Buffer.concat([...documentOf(format, SET)]);
  const lanes = await lanesOf(format, document);
  expect(lanes.map(({ name }) => name)).toEqual(LANES[format]);
  for (const lane of lanes) {
    expect([lane.name, lane.run()]).toEqual([lane.name, SET.rows]);
    if (lane.records !== null) expect([lane.name, digestOf(lane.records())]).toEqual([lane.name, digestOf(generated)]);
  }
  expect(lanes.find(({ name }) => name === 'fast')?.lanes?.reference).toBe(0);
});

test('a digest tells a value that differs, and a column that is too much', () => {
  const [first = {}] = generated;
  const digest = digestOf([first]);
  expect(digestOf([{ ...first, city: 'x' }])).not.toBe(digest);
  expect(digestOf([{ ...first, more: 'x' }])).not.toBe(digest);
  expect(digestOf([{ ...first, credit_limit: Number(first['credit_limit']) }])).toBe(digest);
});

test.each(FORMATS)('a long file of %s has as many records as it says', async (format) => {
  const path = join(folder, format);
  const count = writeDocument(format, path, 10_000_000);
  const bytes = readFileSync(path);
  expect(bytes.length).toBeGreaterThanOrEqual(10_000_000);
  const framing = (await lanesOf(format, bytes)).find(({ name }) => name === 'framing');
  expect(framing?.run()).toBe(count);
});

test('an aim is met at its limit, by the least of the repetitions', () => {
  const runs: LaneRun[] = [
    { format: 'csv', lane: 'fingerprint', micros: 1.5 },
    { format: 'csv', lane: 'fingerprint', micros: 3 },
    { format: 'csv', lane: 'read', micros: 4 },
    { format: 'csv', lane: 'csv-parse', micros: 19 },
  ];
  expect(aimsOf(runs).map(({ value, met }) => [value, met])).toEqual([
    [1.5, true],
    [4.75, false],
  ]);
  expect(renderTable(runs)).toContain('2.25');
});
