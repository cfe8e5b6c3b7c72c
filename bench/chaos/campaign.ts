// A campaign: the first load, then rounds, and the report over all of them.

import type { Place } from './control.ts';
import { PLACES } from './faults.ts';
import type { Lab } from './lab.ts';
import { judge, told, type Violation } from './oracle.ts';
import { playRound, type RoundResult } from './round.ts';
import { Runs } from './runs.ts';
import { enumeratePlaces } from './enumerate.ts';
import { hashOf } from './random.ts';
import { SOURCES } from './world.ts';

export interface CampaignOptions {
  readonly seed: number;
  readonly rounds: number;
  readonly records: number;
  readonly faults: number;
  readonly changes: number;
  readonly only: readonly string[];
  readonly bug: string;
  /** Places at which a worker is killed in every round. */
  readonly armed?: readonly Place[];
  /** Places at which a worker is stopped for a while in every round. */
  readonly stopped?: readonly Place[];
  /** Share of exports that are an old one, put in place once more. */
  readonly old?: number;
  readonly leastRuns?: number;
  /** Kill before and after every failpoint first. */
  readonly enumerate: boolean;
  /** End with the first violation. */
  readonly untilFound: boolean;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

export interface Report {
  readonly seed: number;
  readonly records: number;
  readonly rounds: number;
  readonly faults: number;
  readonly violations: number;
  readonly faults_by_kind: Readonly<Record<string, number>>;
  readonly found: readonly {
    readonly round: number;
    readonly seed: number;
    readonly promise: string;
    readonly message: string;
  }[];
  readonly failpoints: { readonly reached: number; readonly of: number; readonly missing: readonly string[] };
  readonly runs: number;
  readonly longest_rest_ms: number;
  readonly most_events: number;
  readonly most_worker_mb: number;
  readonly seconds: number;
  readonly server_clock: boolean;
}

export class Campaign {
  readonly #lab: Lab;
  readonly #runs: Runs;
  readonly #options: CampaignOptions;
  readonly #began = Date.now();
  readonly #rounds: RoundResult[] = [];
  #first: readonly Violation[] = [];
  /** Failpoints that crash enumeration did not come to. */
  #unreached: readonly Place[] = [];

  constructor(lab: Lab, options: CampaignOptions) {
    this.#lab = lab;
    this.#runs = new Runs(lab);
    this.#options = options;
  }

  async run(): Promise<void> {
    const { rounds, signal, enumerate } = this.#options;
    await this.#load();
    if (enumerate && !this.#over) {
      for await (const result of enumeratePlaces(this.#lab, this.#runs, this.#options)) {
        this.#take(result, 'failpoints');
        if (this.#over) break;
      }
      if (!signal.aborted && !this.#over) this.#unreached = this.#missing();
    }
    for (let round = 1; round <= rounds && !signal.aborted && !this.#over; round++) {
      const seed = rounds === 1 ? this.#options.seed : hashOf(this.#options.seed, round) % 1_000_000;
      this.#take(await playRound(this.#lab, this.#runs, { ...this.#options, seed }), `of ${rounds}`);
    }
  }

  #take(result: RoundResult, of: string): void {
    const { say } = this.#options;
    this.#rounds.push(result);
    const { seed, runs, violations, seconds } = result;
    const counts = `${sum(result.faults.values())} faults, ${runs} runs, ${violations.length} violations`;
    say(`round ${this.#rounds.length} ${of} (seed ${seed}): ${counts}, ${seconds.toFixed(0)} s`);
    if (violations.length === 0) return;
    for (const { promise, message } of violations) say(`  VIOLATION ${promise}: ${message}`);
    for (const line of result.told) say(`    ${line}`);
  }

  get #over(): boolean {
    return this.#options.untilFound && this.#violations.length > 0;
  }

  get #violations(): Report['found'] {
    return [
      ...told('P7', 'failpoints that nobody came to', this.#unreached).map((one) => ({
        round: 0,
        seed: this.#options.seed,
        ...one,
      })),
      ...this.#first.map((one) => ({ round: 0, seed: this.#options.seed, ...one })),
      ...this.#rounds.flatMap(({ seed, violations }, index) =>
        violations.map((one) => ({ round: index + 1, seed, ...one })),
      ),
    ];
  }

  report(): Report {
    const byKind: Record<string, number> = {};
    for (const { faults } of this.#rounds)
      for (const [kind, count] of faults) byKind[kind] = (byKind[kind] ?? 0) + count;
    const missing = this.#missing();
    const found = this.#violations;
    return {
      seed: this.#options.seed,
      records: this.#options.records,
      rounds: this.#rounds.length,
      faults: sum(Object.values(byKind)),
      violations: found.length,
      faults_by_kind: Object.fromEntries(Object.entries(byKind).toSorted(([a], [b]) => (a < b ? -1 : 1))),
      found,
      failpoints: {
        reached: PLACES.length - missing.length,
        of: PLACES.length,
        missing,
      },
      runs: this.#runs.ended.length,
      longest_rest_ms: Math.max(0, ...this.#rounds.map(({ healedMs }) => healedMs)),
      most_events: Math.max(0, ...this.#rounds.map(({ mostEvents }) => mostEvents)),
      most_worker_mb: Math.round(this.#lab.crew.peakMb),
      seconds: Math.round((Date.now() - this.#began) / 1000),
      server_clock: this.#lab.fakeServerClock,
    };
  }

  #missing(): readonly Place[] {
    const reached = new Set(this.#lab.control.reached());
    return PLACES.filter((place) => !reached.has(place));
  }

  summary(): string {
    const { faults, violations, rounds, seed, faults_by_kind, found, seconds, failpoints } = this.report();
    const kinds = Object.entries(faults_by_kind).map(([kind, count]) => `  ${kind.padEnd(20)} ${count}`);
    const wrong = found.map(({ round, promise, message }) => `  round ${round}, ${promise}: ${message}`);
    return [
      `${faults} faults in ${rounds} rounds, ${violations} violations (seed ${seed}, ${seconds} s)`,
      ...kinds,
      `  failpoints reached   ${failpoints.reached} of ${failpoints.of}`,
      ...wrong,
      '',
    ].join('\n');
  }

  /** Everything once, the three sources at the same time; undisturbed, unless a seeded bug needs more. */
  async #load(): Promise<void> {
    const { exports, crm, control } = this.#lab;
    for (const place of this.#options.armed ?? []) control.arm(place, 'kill');
    const began = Date.now();
    exports.erp();
    exports.shop();
    exports.firstOa();
    const ended = await Promise.all([...SOURCES, 'lists' as const].map((sync) => this.#runs.run(sync)));
    const seen = { ended, operated: new Set<string>(), reverted: new Set<number>(), clockJumped: false };
    this.#first = await judge(this.#lab, seen);
    const { rows } = await crm.query<{ count: number }>('select count(*) from account');
    this.#options.say(`first load: ${rows[0]?.count ?? 0} CRM records, ${Math.round((Date.now() - began) / 1000)} s`);
    for (const { promise, message } of this.#first) this.#options.say(`  VIOLATION ${promise}: ${message}`);
  }
}

function sum(numbers: Iterable<number>): number {
  return [...numbers].reduce((total, number) => total + number, 0);
}
