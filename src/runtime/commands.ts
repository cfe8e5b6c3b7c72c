// Running a program to its end without blocking this process.

import { execFile } from 'node:child_process';

/** Runs a program and waits. Fails with the end of what it said on stderr, its exit code or why it could not be run. */
export function run(
  command: string,
  args: readonly string[],
  options: { readonly timeoutMs: number; readonly env?: NodeJS.ProcessEnv },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const settings = { timeout: options.timeoutMs, env: options.env ?? process.env, maxBuffer: 16 * 1024 * 1024 };
    execFile(command, [...args], settings, (error, _stdout, stderr) => {
      if (error === null) resolve();
      else reject(new Error(reasonOf(error, stderr, options.timeoutMs), { cause: error }));
    });
  });
}

function reasonOf(
  error: Error & { readonly code?: unknown; readonly killed?: boolean },
  stderr: string,
  timeoutMs: number,
): string {
  if (error.code === 'ENOENT') return 'is not installed';
  if (error.killed === true) return `did not end within ${timeoutMs / 1000} s`;
  const said = stderr.trim().split('\n').slice(-3).join(' ').trim();
  return said === '' ? `ended with code ${String(error.code)}` : said;
}
