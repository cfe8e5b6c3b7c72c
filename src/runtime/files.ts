// Small files that other processes read while we write them.

import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';

/** Replaces a file as a whole: a reader sees the old content or the new, never a part. Readable by its owner only. */
export function replaceFile(path: string, content: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, content, { mode: 0o600 });
  renameSync(temporary, path);
}

/**
 * Makes the folder for a project's data, unless it is there. Its owner alone may list it; as root, other users may
 * pass through it, because PostgreSQL runs as one of them.
 */
export function makeDataDir(dataDir: string): void {
  const made = mkdirSync(dataDir, { recursive: true });
  if (made !== undefined) chmodSync(dataDir, isRoot() ? 0o711 : 0o700);
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}
