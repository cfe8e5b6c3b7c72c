// What a replay would do: quarantined records through transform and validate under a definition, nothing stored.

import type { RunDefinition } from '../domain/definition.ts';
import type { SourceRecord, Violation } from '../domain/values.ts';
import type { Queryable } from '../postgres/client.ts';
import { loadEdits, type QuarantineEdits } from '../store/quarantine-edits.ts';
import { listQuarantined, type QuarantineFilter, type QuarantineRow } from '../store/quarantine.ts';
import { findSync } from '../store/syncs.ts';
import { compileTransform } from '../transform/compile.ts';
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

/** Judges one record as a replay would; the violations are empty when it would pass. */
export type Judge = (record: SourceRecord) => readonly Violation[];

const PAGE = 1_000;

export function compileJudge({ sync, ...definition }: RunDefinition): Judge {
  const transform = compileTransform(sync);
  const validate = compileValidate(sync, objectOf({ sync, ...definition }));
  // A replay would begin now.
  const runStart = new Date().toISOString();
  return (record) => {
    const verdict = validate(transform(record), runStart);
    return verdict.kind === 'accepted' ? [] : verdict.violations;
  };
}

/** Open records of one sync, with people's corrections, under a definition. Writes nothing. */
export async function simulateReplay(
  db: Queryable,
  definition: RunDefinition,
  filter: Omit<QuarantineFilter, 'sync'> = {},
): Promise<Simulation> {
  const { sync } = definition.sync;
  const known = await findSync(db, sync);
  if (known === undefined) return { records: 0, pass: 0, remaining: [] };
  const edits = await loadEdits(db, known.no);
  const tally = new Tally();
  const judge = compileJudge(definition);
  for (let afterId = 0; ;) {
    const page = await listQuarantined(db, { ...filter, sync, afterId, limit: PAGE });
    for (const row of page) tally.add(judgeRow(judge, row, edits));
    if (page.length < PAGE) return tally.result();
    afterId = page.at(-1)?.id ?? afterId;
  }
}

/** What stands against a quarantined record now. */
export function judgeRow(judge: Judge, row: QuarantineRow, edits: QuarantineEdits): readonly Violation[] {
  const edit = edits.find(() => row.identity, row.fingerprint);
  if (edit !== undefined) return judge(edit.record);
  const decoded = decodeQuarantined(row);
  return decoded.ok ? judge(decoded.record) : [{ rule: decoded.rule, message: decoded.message }];
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
