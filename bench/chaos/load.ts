// The load of a round: each source changes a little and is synchronised, again and again, until the faults are over.

import { setTimeout as sleep } from 'node:timers/promises';
import { sendEvents } from './events.ts';
import type { Scene } from './scene.ts';
import { type SourceName, SOURCES } from './world.ts';

/** Share of exports that are an old one, put in place once more. */
const OLD_SHARE = 0.12;
/** Share of runs that wait for a person at the gate. */
const REVIEW_SHARE = 0.08;
/** Share of the shop's runs that are followed by one into a file. */
const LISTS_SHARE = 0.3;
/** Share of the OA's changes that come as events, not as a file. */
const EVENTS_SHARE = 0.4;
const PERSON_MS = 300;

export interface LoadOptions {
  /** Records of a source that change at a time. */
  readonly changes: number;
  /** Share of runs that a person looks at. */
  readonly review?: number;
  /** Share of exports that are an old one. */
  readonly old?: number;
  /** Share of the shop's runs that are followed by one of `lists`. */
  readonly lists?: number;
}

export class Load {
  readonly #scene: Scene;
  readonly #changes: number;
  readonly #review: number;
  readonly #oldShare: number;
  readonly #lists: number;
  /** What the shop's and the ERP's last but one exports said. */
  readonly #old = new Map<SourceName, Int32Array>();
  readonly #done = new Map<SourceName, number>();
  /** Customers whose shop record went back. */
  readonly reverted = new Set<number>();

  /** How often each source was run, at least. */
  get least(): number {
    return Math.min(...SOURCES.map((source) => this.#done.get(source) ?? 0));
  }

  constructor(scene: Scene, { changes, review = REVIEW_SHARE, old = OLD_SHARE, lists = LISTS_SHARE }: LoadOptions) {
    this.#scene = scene;
    this.#changes = changes;
    this.#review = review;
    this.#oldShare = old;
    this.#lists = lists;
  }

  /** Runs every sync over and over until told to stop; ends with the end of the last runs. */
  async go(more: () => boolean): Promise<void> {
    await Promise.all(
      SOURCES.map(async (source) => {
        do {
          await this.#change(source, false);
          await this.#run(source);
          this.#done.set(source, (this.#done.get(source) ?? 0) + 1);
          if (source === 'shop' && this.#scene.random.chance(this.#lists)) await this.#scene.runs.run('lists');
        } while (more());
      }),
    );
  }

  /** The last word of every source, each read in peace. */
  async settle(): Promise<void> {
    for (const source of SOURCES) await this.#change(source, true);
    await Promise.all([...SOURCES, 'lists' as const].map((sync) => this.#scene.runs.run(sync)));
  }

  async #run(source: SourceName): Promise<void> {
    const { runs, random } = this.#scene;
    const review = random.chance(this.#review);
    const running = runs.run(source, review ? { review } : {});
    await (review ? Promise.race([running, this.#approve(source, running)]) : running);
    await running;
  }

  /** The person at the gate: says yes to whatever waits. */
  async #approve(source: SourceName, running: Promise<unknown>): Promise<void> {
    const { runs, lab } = this.#scene;
    const over = running.then(
      () => true,
      () => true,
    );
    while (!(await Promise.race([over, sleep(PERSON_MS, false)]))) {
      const id = runs.open.get(source);
      const gate = id === undefined ? null : ((await runs.progress(id))?.gate ?? null);
      if (id === undefined || gate === null) continue;
      const decision = { decision: 'approve', hash: gate.rootHash, by: 'chaos' };
      await lab.client.workflow
        .getHandle(id)
        .signal('decide', decision)
        .catch(() => {});
    }
  }

  async #change(source: SourceName, last: boolean): Promise<void> {
    const { lab, random } = this.#scene;
    const { world, exports } = lab;
    const old = this.#old.get(source);
    const goBack = !last && old !== undefined && random.chance(this.#oldShare);
    if (source === 'oa') {
      const { duplicated, reordered } = exports.counts;
      const changes = exports.nextOa(world.change(source, this.#changes, random), random, last);
      if (!last && random.chance(EVENTS_SHARE)) await sendEvents(this.#scene, changes);
      else exports.oa(changes);
      if (exports.counts.duplicated > duplicated) this.#scene.note('events.duplicated');
      if (exports.counts.reordered > reordered) this.#scene.note('events.reordered');
      return;
    }
    const before = world.versions[source].slice();
    if (goBack) this.#goBack(source, old);
    else {
      world.change(source, this.#changes, random);
      exports[source]();
      this.#old.set(source, before);
    }
  }

  /** Somebody puts yesterday's file in place again: of the ERP it is old, of the shop it is what counts now. */
  #goBack(source: 'erp' | 'shop', old: Int32Array): void {
    const { world, exports } = this.#scene.lab;
    this.#scene.note('events.old_export', source);
    if (source === 'erp') return exports.erp(old);
    old.forEach((version, customer) => {
      if (version !== world.versions.shop[customer]) this.reverted.add(customer);
    });
    world.versions.shop.set(old);
    exports.shop();
    this.#old.delete(source);
  }
}
