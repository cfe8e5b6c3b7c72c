// Other processes as the operating system sees them: whether a pid still is the process it was, and ending it.

import { spawn, spawnSync, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * When a process started, in clock ticks since boot. With the pid it names a process for good, since pids are given
 * again. Known on Linux only (proc(5), field 22 of `stat`); undefined elsewhere and for a process that is gone.
 */
export function processStart(pid: number): string | undefined {
  return statFields(pid)?.[19];
}

/** Whether the process runs. A zombie has ended already: it only waits for its parent to notice. */
export function isAlive(pid: number): boolean {
  const state = statFields(pid)?.[0];
  if (state !== undefined) return state !== 'Z' && state !== 'X';
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** The command line of a process, its arguments separated by spaces; empty when it cannot be had. */
export function commandLine(pid: number): string {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    if (process.platform === 'win32') return '';
    return spawnSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();
  } catch {
    return '';
  }
}

export interface Termination {
  readonly signal: NodeJS.Signals;
  /** How long it may take to end by itself. */
  readonly graceMs: number;
  /** Sent when it has not ended by then. */
  readonly force: NodeJS.Signals;
}

/** Ends a process and waits until it is gone; forces it after the grace time. Does nothing if it is gone already. */
export async function terminate(pid: number, how: Termination): Promise<void> {
  if (!isAlive(pid)) return;
  signalProcess(pid, how.signal);
  if (await waitUntil(() => !isAlive(pid), how.graceMs)) return;
  signalProcess(pid, how.force);
  await waitUntil(() => !isAlive(pid), 10_000);
}

/** Sends a signal; a process that is gone meanwhile is no error. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** Asks every 50 ms until the condition holds; false when it did not in time. */
export async function waitUntil(condition: () => boolean | Promise<boolean>, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) return false;
    await sleep(50);
  }
  return true;
}

/**
 * Starts a server in a process group of its own, so that Ctrl-C in the terminal does not reach it and it can be
 * stopped after whoever uses it. The files it makes are its owner's alone.
 */
export function spawnServer(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const umask = process.umask(0o077);
  try {
    return spawn(command, [...args], { ...options, detached: true, windowsHide: true });
  } finally {
    process.umask(umask);
  }
}

/** The fields of /proc/PID/stat from the third on: the second, the command's name, may itself contain spaces. */
function statFields(pid: number): readonly string[] | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
