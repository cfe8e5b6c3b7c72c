// Golden files: what was looked at once and must stay. UPDATE_GOLDEN=1 writes them; look at the difference then.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../golden', import.meta.url));

/** The content of a golden file; with UPDATE_GOLDEN=1 the actual content, which is written to it. */
export function golden(name: string, actual: string): string {
  const path = join(FOLDER, name);
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, actual);
  }
  return readFileSync(path, 'utf8');
}
