// Reads one file through the file source, as fetch does: the plan's digest, framing, fingerprints, decoding. A process of
// its own, so that its peak memory is that of the read. Usage: read-large.js FORMAT FOLDER DECODE_EVERY

import type { Format } from '../../src/domain/definition.ts';
import { createHasher } from '../../src/fingerprint/hash.ts';
import { fileSource } from '../../src/sources/file/kind.ts';
import { FORMATS, streamOf } from './documents.ts';

export interface LargeRead {
  readonly bytes: number;
  readonly records: number;
  readonly decoded: number;
  readonly completeness: 'proven' | 'unproven';
  readonly planSeconds: number;
  readonly readSeconds: number;
  /** CPU of all of it. */
  readonly cpuSeconds: number;
  readonly peakMb: number;
}

async function readLarge(format: Format, folder: string, decodeEvery: number): Promise<LargeRead> {
  const stream = streamOf(format);
  const hasher = await createHasher();
  const connection = { name: 'files', kind: 'file', settings: { path: folder } };
  const source = await fileSource.open(connection, connection.settings, { projectDir: folder });
  const began = performance.now();
  const { start, plan, totalBytes } = await source.plan(stream);
  const planned = performance.now();
  const reader = source.read(stream, plan, start, new AbortController().signal);
  let [records, decoded] = [0, 0];
  for await (const items of reader.items()) {
    for (const item of items) {
      hasher.fingerprint(item.bytes);
      if (records++ % decodeEvery !== 0) continue;
      if (!reader.decode(item).ok) throw new Error(`the record at ${item.position} was refused`);
      decoded++;
    }
  }
  const { user, system } = process.cpuUsage();
  return {
    bytes: totalBytes ?? 0,
    records,
    decoded,
    completeness: reader.completeness(),
    planSeconds: (planned - began) / 1000,
    readSeconds: (performance.now() - planned) / 1000,
    cpuSeconds: (user + system) / 1e6,
    peakMb: process.resourceUsage().maxRSS / 1024,
  };
}

const [given, folder = '.', decodeEvery = '1'] = process.argv.slice(2);
const format = FORMATS.find((one) => one === given);
if (format === undefined) throw new Error(`expected one of ${FORMATS.join(', ')}`);
process.stdout.write(`${JSON.stringify(await readLarge(format, folder, Number(decodeEvery)))}\n`);
