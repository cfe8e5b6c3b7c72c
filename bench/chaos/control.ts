// How the campaign and its workers talk: files in one folder, since whoever reads may be killed at any moment.
//
//   armed/POINT@SIDE     written by the campaign: what the first worker to come there shall do; renamed into fired/ by it
//   fired/POINT@SIDE.PID
//   reached/POINT@SIDE   written by a worker that came there
//   clock                milliseconds by which the workers' clocks are off

import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Failpoint, FailpointSide } from '../../src/domain/failpoints.ts';

/** kill, stop (SIGSTOP), or fail with a lost connection. */
export type PointAction = 'kill' | 'stop' | 'error';

export type Place = `${Failpoint}@${FailpointSide}`;

const FOLDERS = ['armed', 'fired', 'reached'] as const;

export class Control {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
    for (const folder of FOLDERS) mkdirSync(join(dir, folder), { recursive: true });
  }

  arm(place: Place, action: PointAction): void {
    const draft = join(this.#dir, `.${place}`);
    writeFileSync(draft, action);
    renameSync(draft, join(this.#dir, 'armed', place));
  }

  disarm(): void {
    for (const name of readdirSync(join(this.#dir, 'armed'))) rmSync(join(this.#dir, 'armed', name), { force: true });
  }

  /** What fired since the last time, as `POINT@SIDE` and the process. */
  takeFired(): readonly { readonly place: string; readonly pid: number }[] {
    return readdirSync(join(this.#dir, 'fired')).map((name) => {
      rmSync(join(this.#dir, 'fired', name), { force: true });
      const at = name.lastIndexOf('.');
      return { place: name.slice(0, at), pid: Number(name.slice(at + 1)) };
    });
  }

  reached(): readonly string[] {
    return readdirSync(join(this.#dir, 'reached'));
  }

  setClock(ms: number): void {
    writeFileSync(join(this.#dir, 'clock'), String(ms));
  }

  /** For workers: what to do here; only one of them is told. */
  claim(place: Place, pid: number): PointAction | null {
    const armed = join(this.#dir, 'armed', place);
    if (!existsSync(armed)) return null;
    const fired = join(this.#dir, 'fired', `${place}.${pid}`);
    try {
      renameSync(armed, fired);
      return readFileSync(fired, 'utf8') as PointAction; // written by arm
    } catch {
      return null;
    }
  }

  noteReached(place: Place): void {
    writeFileSync(join(this.#dir, 'reached', place), '');
  }

  clockMs(): number {
    try {
      return Number(readFileSync(join(this.#dir, 'clock'), 'utf8'));
    } catch {
      return 0;
    }
  }
}
