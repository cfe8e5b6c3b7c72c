// What the runtime tells a person while it starts and stops things, and the log files of what it starts.

import { closeSync, existsSync, openSync, readSync, renameSync, statSync } from 'node:fs';

/** Takes one line for a person: what is being tried, started, warned about. Never secrets. */
export type Log = (line: string) => void;

const ROTATE_AT_BYTES = 16 * 1024 * 1024;

/** Opens a log file for appending, readable by its owner only. A file over 16 MB is set aside as `.old` first. */
export function openLogFile(path: string): number {
  if (existsSync(path) && statSync(path).size > ROTATE_AT_BYTES) renameSync(path, `${path}.old`);
  return openSync(path, 'a', 0o600);
}

/** The last lines of a log file, for the message of an error; empty when there is no such file. */
export function logTail(path: string, lines = 15): string {
  if (!existsSync(path)) return '';
  const file = openSync(path, 'r');
  try {
    const size = statSync(path).size;
    const buffer = Buffer.alloc(Math.min(size, 8192));
    readSync(file, buffer, 0, buffer.length, size - buffer.length);
    return buffer.toString('utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } finally {
    closeSync(file);
  }
}
