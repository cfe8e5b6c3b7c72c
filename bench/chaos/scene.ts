// What faults act on, and how each is taken back: by itself after a while, or when everything is healed.

import type { Control } from './control.ts';
import type { Lab } from './lab.ts';
import type { Random } from './random.ts';
import type { Runs } from './runs.ts';

type Undo = () => unknown;

export class Scene {
  readonly lab: Lab;
  readonly runs: Runs;
  readonly random: Random;
  /** Faults that took effect, by kind. */
  readonly faults = new Map<string, number>();
  /** In order, with the second of the round at which each took effect. */
  readonly told: string[] = [];
  /** Runs that a person has interfered with: these may end otherwise than well. */
  readonly operated = new Set<string>();
  /** Failpoints that something happened at. */
  readonly fired = new Set<string>();
  readonly #armed = new Map<string, string>();
  readonly #pending = new Map<NodeJS.Timeout, Undo>();
  readonly #began = Date.now();

  constructor(lab: Lab, runs: Runs, random: Random) {
    this.lab = lab;
    this.runs = runs;
    this.random = random;
  }

  get control(): Control {
    return this.lab.control;
  }

  readonly note = (kind: string, detail = ''): void => {
    this.faults.set(kind, (this.faults.get(kind) ?? 0) + 1);
    this.told.push(`${((Date.now() - this.#began) / 1000).toFixed(1)} s ${kind}${detail === '' ? '' : ` ${detail}`}`);
  };

  /** Takes a fault back after a while, or at the end of the faults. */
  later(afterMs: number, undo: Undo): void {
    const timer = setTimeout(() => {
      this.#pending.delete(timer);
      void Promise.resolve(undo()).catch(() => {}); // whatever it was to be undone on may be gone
    }, afterMs);
    this.#pending.set(timer, undo);
  }

  /** What fired at failpoints since the last time. */
  takeFired(): void {
    for (const { place, pid } of this.control.takeFired()) {
      const action = this.#armed.get(place) ?? 'kill';
      this.fired.add(place);
      this.note(`point.${action}`, `${place} (process ${pid})`);
      if (action === 'stop')
        this.later(this.random.between(18_000, 32_000), () => void this.lab.crew.signal(pid, 'SIGCONT'));
    }
  }

  arm(...[place, action]: Parameters<Control['arm']>): void {
    this.#armed.set(place, action);
    this.control.arm(place, action);
  }

  async heal(): Promise<void> {
    this.control.disarm();
    this.takeFired();
    for (const [timer, undo] of this.#pending) {
      clearTimeout(timer);
      await Promise.resolve(undo()).catch(() => {});
    }
    this.#pending.clear();
    for (const link of Object.values(this.lab.links)) link.heal();
    for (const pid of this.lab.crew.pids) this.lab.crew.signal(pid, 'SIGCONT');
    this.control.setClock(0);
  }
}
