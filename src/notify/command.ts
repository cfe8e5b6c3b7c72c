import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Sending } from './notify.ts';

const TIMEOUT_MS = 30_000;

/** Runs a program, without a shell, with the notification as JSON on its standard input. Exit code 0 is success. */
export async function runCommand(
  command: readonly string[],
  { notification, projectDir, signal }: Sending,
): Promise<void> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, {
    cwd: projectDir,
    stdio: ['pipe', 'ignore', 'ignore'],
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    killSignal: 'SIGKILL',
  });
  child.stdin.on('error', () => {}); // it may end without reading
  child.stdin.end(`${JSON.stringify(notification)}\n`);
  const [code, killed]: unknown[] = await once(child, 'close');
  if (code !== 0) throw new Error(`${program} ended with ${String(code ?? killed)}`);
}
