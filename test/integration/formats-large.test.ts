// Memory does not grow with the input: half a gigabyte of each format, every byte of it read, and a gigabyte that is one
// record, each in a process that may not hold more than a constant. `npm run bench:formats -- --size 5GB` reads more.

import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { FORMATS } from '../../bench/formats/documents.ts';
import { MAX_PEAK_MB, measureEndless, measureLarge } from '../../bench/formats/large.ts';
import { ensureBuilt } from '../support/project.ts';

const script = fileURLToPath(new URL('../../dist/bench/formats/read-large.js', import.meta.url));

beforeAll(ensureBuilt);

test.each(FORMATS)('500 MB of %s are read in constant memory', async (format) => {
  const read = await measureLarge(format, { bytes: 500e6, decodeEvery: 10, script });
  expect(read.bytes).toBeGreaterThanOrEqual(500e6);
  expect(read.lanes.fast + read.lanes.reference).toBe(Math.ceil(read.records / 10));
  expect(read.completeness).toBe(format === 'json' || format === 'xml' ? 'proven' : 'unproven');
  expect(read.peakMb).toBeLessThan(MAX_PEAK_MB);
});

test.each([
  ['csv', 'a line', 'cust_no,name\n1,', 'x'],
  ['csv', 'a quoted cell', 'cust_no,name\n1,"', 'x\n'],
  ['ndjson', 'a line', '{"cust_no":"', 'x'],
  ['json', 'a text', '{"data":{"customers":[{"cust_no":"', 'x'],
  ['json', 'a list', '{"data":{"customers":[{"cust_no":[', '1,'],
  ['xml', 'a text', '<export><customers><customer><cust_no>', 'x'],
  ['xml', 'a record of elements', '<export><customers><customer>', '<a>1</a>'],
] as const)('1 GB of %s that is one record, %s, is refused in constant memory', async (format, _, head, piece) => {
  const read = await measureEndless(format, { head, piece, bytes: 1e9, script });
  expect(read).toMatchObject({ error: 'source.limit' });
  expect(read.peakMb).toBeLessThan(MAX_PEAK_MB);
});
