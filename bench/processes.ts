// What the system tells of processes: children, CPU time, peak memory. Linux only: elsewhere everything is empty or zero.

import { readdirSync, readFileSync } from 'node:fs';

export interface ChildInfo {
  readonly pid: number;
  /** The command line. */
  readonly command: string;
}

/** CPU seconds by kind of process. */
export interface CpuSeconds {
  /** `tributary up` and its workers. */
  readonly ours: number;
  readonly postgres: number;
  readonly temporal: number;
}

const TICKS_PER_SECOND = 100;

/** Processes whose parent this is. */
export function childrenOf(parent: number): readonly ChildInfo[] {
  return allPids()
    .filter((pid) => statOf(pid)?.[1] === String(parent))
    .map((pid) => ({ pid, command: read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim() }));
}

/** CPU time that `tributary up` and everything it started have used so far. */
export function cpuOf(upPid: number): CpuSeconds {
  const sum = { ours: ownCpu(upPid), postgres: 0, temporal: 0 };
  for (const { pid, command } of childrenOf(upPid)) {
    if (command.includes('worker-process')) sum.ours += ownCpu(pid);
    else if (command.includes('start-dev')) sum.temporal += ownCpu(pid);
    else sum.postgres += treeCpu(pid);
  }
  return sum;
}

/** CPU seconds of a process and its children so far. Those that have ended count with their parent, which waited for them. */
export function treeCpu(pid: number): number {
  return ownCpu(pid) + endedCpu(pid) + childrenOf(pid).reduce((all, one) => all + ownCpu(one.pid), 0);
}

/** The most memory that a process has held at once (VmHWM), in MB. */
export function peakMemoryMb(pid: number): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1024;
}

function allPids(): readonly number[] {
  try {
    return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
  } catch {
    return [];
  }
}

/** The fields of /proc/PID/stat (proc(5)) after the command's name: state, parent, … */
function statOf(pid: number): readonly string[] | undefined {
  const stat = read(`/proc/${pid}/stat`);
  return stat === '' ? undefined : stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** CPU seconds of a process so far. */
export function ownCpu(pid: number): number {
  const stat = statOf(pid);
  return (Number(stat?.[11] ?? 0) + Number(stat?.[12] ?? 0)) / TICKS_PER_SECOND;
}

function endedCpu(pid: number): number {
  const stat = statOf(pid);
  return (Number(stat?.[13] ?? 0) + Number(stat?.[14] ?? 0)) / TICKS_PER_SECOND;
}

/** Empty for a process that is gone. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
