// Memory does not grow with the input: half a gigabyte of each format, every byte of it read, in a process that may not
// hold more than a constant. `npm run bench:formats -- --size 5GB` does the same with more.

import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { FORMATS } from '../../bench/formats/documents.ts';
import { MAX_PEAK_MB, measureLarge } from '../../bench/formats/large.ts';

const script = fileURLToPath(new URL('../../dist/bench/formats/read-large.js', import.meta.url));

test.each(FORMATS)('500 MB of %s are read in constant memory', async (format) => {
  const read = await measureLarge(format, { bytes: 500e6, decodeEvery: 10, script });
  expect(read.bytes).toBeGreaterThanOrEqual(500e6);
  expect(read.lanes.fast + read.lanes.reference).toBe(Math.ceil(read.records / 10));
  expect(read.completeness).toBe(format === 'json' || format === 'xml' ? 'proven' : 'unproven');
  expect(read.peakMb).toBeLessThan(MAX_PEAK_MB);
});
