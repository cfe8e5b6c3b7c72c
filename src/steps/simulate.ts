// What a replay would do: quarantined records through transform and validate under a definition, nothing stored.

import type { RunDefinition } from '../domain/definition.ts';
import type { SourceRecord, Violation } from '../domain/values.ts';
import type { Decoded } from '../formats/format.ts';
import type { Queryable } from '../postgres/client.ts';
import { loadEdits, type QuarantineEdits } from '../store/quarantine-edits.ts';
import { listQuarantined, type QuarantineFilter, type QuarantineRow } from '../store/quarantine.ts';
import { findSync } from '../store/syncs.ts';
import { compileTransform } from '../transform/compile.ts';
import { makeAll, type RunCalls } from '../transform/user-functions.ts';
import { compileValidate } from '../validate/compile.ts';
import { decodeQuarantined } from './quarantine-reader.ts';
import { objectOf } from './run-context.ts';

export interface Simulation {
  readonly records: number;
  /** How many of them would be accepted now. */
  readonly pass: number;
  /** What still stands against the others, the most frequent first. A record counts once for each rule and field. */
  readonly remaining: readonly RemainingViolation[];
}

export interface RemainingViolation {
  readonly rule: string;
  readonly field: string | null;
  readonly message: string;
  readonly records: number;
}

/** Judges records as a replay would, in order; the violations of one are empty when it would pass. */
export type Judge = (records: readonly SourceRecord[]) => Promise<readonly (readonly Violation[])[]>;

const PAGE = 1_000;

/** @param run calls the project's functions, where the mapping has any */
export function compileJudge({ sync, ...definition }: RunDefinition, run: RunCalls): Judge {
  const object = objectOf({ sync, ...definition });
  const transform = compileTransform(sync, object);
  const validate = compileValidate(sync, object);
  // A replay would begin now.
  const runStart = new Date().toISOString();
  return async (records) => {
    const made = await makeAll(records, transform, run);
    return made.map((canonical) => {
      if (canonical.filtered === true) return [];
      const verdict = validate(canonical, runStart);
      return verdict.kind === 'accepted' ? [] : verdict.violations;
    });
  };
}

/** Open records of one sync, with people's corrections, under a definition. Writes nothing. */
export async function simulateReplay(
  db: Queryable,
  { definition, run }: { readonly definition: RunDefinition; readonly run: RunCalls },
  filter: Omit<QuarantineFilter, 'sync'> = {},
): Promise<Simulation> {
  const { sync } = definition.sync;
  const known = await findSync(db, sync);
  if (known === undefined) return { records: 0, pass: 0, remaining: [] };
  const edits = await loadEdits(db, known.no);
  const tally = new Tally();
  const judge = compileJudge(definition, run);
  for (let afterId = 0; ;) {
    const page = await listQuarantined(db, { ...filter, sync, afterId, limit: PAGE });
    for (const violations of await judgeRows(judge, page, edits)) tally.add(violations);
    if (page.length < PAGE) return tally.result();
    afterId = page.at(-1)?.id ?? afterId;
  }
}

/** What stands against quarantined records now. */
async function judgeRows(
  judge: Judge,
  rows: readonly QuarantineRow[],
  edits: QuarantineEdits,
): Promise<readonly (readonly Violation[])[]> {
  const decoded = rows.map((row): Decoded => {
    const edit = edits.find(() => row.identity, row.fingerprint);
    return edit === undefined ? decodeQuarantined(row) : { ok: true, record: edit.record };
  });
  const judged = (await judge(decoded.flatMap((one) => (one.ok ? [one.record] : [])))).values();
  return decoded.map((one) => (one.ok ? (judged.next().value ?? []) : [{ rule: one.rule, message: one.message }]));
}

class Tally {
  #records = 0;
  #pass = 0;
  readonly #remaining = new Map<string, RemainingViolation>();

  add(violations: readonly Violation[]): void {
    this.#records++;
    if (violations.length === 0) this.#pass++;
    const counted = new Set<string>();
    for (const { rule, field = null, message } of violations) {
      const id = JSON.stringify([rule, field]);
      if (counted.has(id)) continue;
      counted.add(id);
      this.#remaining.set(id, { rule, field, message, records: (this.#remaining.get(id)?.records ?? 0) + 1 });
    }
  }

  result(): Simulation {
    const remaining = [...this.#remaining.values()].toSorted((a, b) => b.records - a.records);
    return { records: this.#records, pass: this.#pass, remaining };
  }
}
