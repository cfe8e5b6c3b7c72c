// PostgreSQL's clock, by libfaketime where it is installed. Temporal's cannot be set so: its program asks the kernel itself.

import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const FAKETIME = [
  'LD_PRELOAD',
  'FAKETIME_TIMESTAMP_FILE',
  'FAKETIME_CACHE_DURATION',
  'FAKETIME_DONT_FAKE_MONOTONIC',
];

const LIBRARIES = [
  '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1',
  '/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1',
  '/usr/lib64/faketime/libfaketime.so.1',
];

/** From now on servers that this process starts, also those started again after a crash, read their clock by the file. */
export function fakeServerClock(dir: string): { readonly works: boolean; end(): void } {
  const library = LIBRARIES.find((path) => existsSync(path));
  if (library === undefined) return { works: false, end: () => {} };
  setServerClock(dir, 0);
  const values = [library, fileOf(dir), '1', '1'];
  FAKETIME.forEach((name, index) => (process.env[name] = values[index]));
  return {
    works: true,
    end: () => {
      for (const name of FAKETIME) Reflect.deleteProperty(process.env, name);
    },
  };
}

export function setServerClock(dir: string, seconds: number): void {
  writeFileSync(fileOf(dir), `${seconds < 0 ? '-' : '+'}${Math.abs(seconds)}s\n`, { mode: 0o644 });
}

function fileOf(dir: string): string {
  return join(dir, 'server-clock');
}
