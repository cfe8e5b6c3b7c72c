// Reads one file through the file source, as fetch does: the plan's digest, framing, fingerprints, decoding. A process of
// its own, so that its peak memory is that of the read. Usage: read-large.js FORMAT FOLDER DECODE_EVERY

import type { Format } from '../../src/domain/definition.ts';
import { SyncError } from '../../src/domain/errors.ts';
import { createHasher } from '../../src/fingerprint/hash.ts';
import type { Lanes } from '../../src/formats/format.ts';
import { fileSource } from '../../src/sources/file/kind.ts';
import type { ReadItem } from '../../src/sources/source.ts';
import { FORMATS, streamOf } from './documents.ts';

/** As the worker has it. */
const RANGE_BYTES = 64 * 1024 * 1024;

export interface LargeRead {
  readonly bytes: number;
  readonly records: number;
  readonly ranges: number;
  /** Decoded records. */
  readonly lanes: Lanes;
  /** What the last range says. */
  readonly completeness: 'proven' | 'unproven';
  readonly planSeconds: number;
  readonly readSeconds: number;
  /** CPU of all of it. */
  readonly cpuSeconds: number;
  readonly peakMb: number;
}

export interface RefusedRead {
  readonly error: string;
  readonly peakMb: number;
}

async function readLarge(format: Format, folder: string, decodeEvery: number): Promise<LargeRead> {
  const stream = streamOf(format);
  const hasher = await createHasher();
  const connection = { name: 'files', kind: 'file', settings: { path: folder } };
  const source = await fileSource.open(connection, connection.settings, {
    projectDir: folder,
    storeUrl: '',
    rangeBytes: RANGE_BYTES,
  });
  const began = performance.now();
  const { ranges, plan, totalBytes } = await source.plan(stream);
  const planned = performance.now();
  const lanes = { fast: 0, reference: 0 };
  let [records, completeness]: [number, LargeRead['completeness']] = [0, 'unproven'];
  for (let range = 0; range < ranges; range++) {
    const reader = source.read(stream, plan, { range, position: null }, new AbortController().signal);
    const decoder = reader.decoder();
    const take = (item: ReadItem): void => {
      hasher.fingerprint(item.bytes);
      if (records++ % decodeEvery !== 0 || decoder.decode(item).ok) return;
      throw new Error(`the record at ${item.position} was refused`);
    };
    for await (const items of reader.items()) for (const item of items) take(item);
    completeness = reader.completeness();
    lanes.fast += decoder.lanes.fast;
    lanes.reference += decoder.lanes.reference;
  }
  const { user, system } = process.cpuUsage();
  return {
    bytes: totalBytes ?? 0,
    records,
    ranges,
    lanes,
    completeness,
    planSeconds: (planned - began) / 1000,
    readSeconds: (performance.now() - planned) / 1000,
    cpuSeconds: (user + system) / 1e6,
    peakMb: peakMb(),
  };
}

const [given, folder = '.', decodeEvery = '1'] = process.argv.slice(2);
const format = FORMATS.find((one) => one === given);
if (format === undefined) throw new Error(`expected one of ${FORMATS.join(', ')}`);
const result = await readLarge(format, folder, Number(decodeEvery)).catch(refused);
process.stdout.write(`${JSON.stringify(result)}\n`);

/** A refusal is a result too. */
function refused(error: unknown): RefusedRead {
  if (error instanceof SyncError) return { error: error.code, peakMb: peakMb() };
  throw error;
}

function peakMb(): number {
  return process.resourceUsage().maxRSS / 1024;
}
