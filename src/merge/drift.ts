// Drift: where the CRM and what the sources say are apart, by what is known of one record. Pure.

import type { Entry } from '../domain/claims.ts';
import { type Fields, isEmpty, sameValue, type Value } from '../domain/values.ts';
import { isHeld, planEntry, type PlanInput } from './plan.ts';
import { resolve } from './resolve.ts';

/**
 * Why a field differs. `crm_changed`: somebody changed it in the CRM; `not_written`: the sources' value is still to be
 * written; `kept`: both sides changed it, and its policy keeps the CRM's; `held`: an undo took the sources' value back.
 */
export type FieldDriftKind = 'crm_changed' | 'not_written' | 'kept' | 'held';

export interface FieldDrift {
  readonly kind: FieldDriftKind;
  /** What the sources say together. */
  readonly source: Value;
  readonly crm: Value;
  /** A repair may write the sources' value. */
  readonly repairable: boolean;
}

/** `missing`: no CRM record any more; `held`: an undo took the whole record back. */
export type RecordDriftKind = 'differs' | 'missing' | 'held';

export interface RecordDrift {
  readonly kind: RecordDriftKind;
  readonly crmId: string;
  readonly key: string;
  readonly fields: Readonly<Record<string, FieldDrift>>;
}

/** Null when both sides say the same, as far as the sources say anything. */
export function driftOf(input: PlanInput): RecordDrift | null {
  const { claim, crm, crmId, holds } = input;
  if (crmId === null) return null;
  const of = { crmId, key: claim.key };
  const entry = planEntry(input);
  if (crm === null) return isExpected(input) ? { ...of, kind: 'missing', fields: unwritten(entry) } : null;
  if (holds['*'] !== undefined && entry.outcome === 'held') return { ...of, kind: 'held', fields: {} };
  const fields = { ...heldFields(input, crm), ...plannedFields(input, crm, entry) };
  return Object.keys(fields).length === 0 ? null : { ...of, kind: 'differs', fields };
}

/** What we ended ourselves is not missing, nor what may be gone as the object says. */
function isExpected({ object, record }: PlanInput): boolean {
  const ours = record !== null && (record.state === 'live' || record.state === 'deactivated');
  return ours && object.gone !== 'accept';
}

function unwritten({ writes }: Entry): Readonly<Record<string, FieldDrift>> {
  const fields: Record<string, FieldDrift> = {};
  for (const [field, { before, after }] of Object.entries(writes))
    fields[field] = { kind: 'not_written', source: after, crm: before, repairable: true };
  return fields;
}

/** As a merge would find them; what it would write only as a repair is what the CRM has changed. */
function plannedFields(input: PlanInput, crm: Fields, entry: Entry): Readonly<Record<string, FieldDrift>> {
  const repair = planEntry({ ...input, repair: true });
  const fields: Record<string, FieldDrift> = { ...unwritten(entry) };
  for (const [field, { crm: now, source, kept }] of Object.entries(entry.conflicts))
    if (kept === 'crm') fields[field] = { kind: 'kept', source, crm: now, repairable: false };
  for (const field of entry.drift) {
    const write = repair.writes[field];
    // The sources still say what both sides agreed on.
    const source = write === undefined ? (input.record?.base[field] ?? null) : write.after;
    fields[field] = { kind: 'crm_changed', source, crm: crm[field] ?? null, repairable: write !== undefined };
  }
  return fields;
}

function heldFields(input: PlanInput, crm: Fields): Readonly<Record<string, FieldDrift>> {
  const { object, claims, pinned, holds, refused = {} } = input;
  const names = [...Object.keys(holds), ...Object.keys(refused)].filter((field) => field !== '*');
  if (names.length === 0) return {};
  const resolved = resolve(object, claims, pinned);
  const fields: Record<string, FieldDrift> = {};
  for (const field of names) {
    const source = resolved[field]?.value;
    const now = crm[field] ?? null;
    if (source === undefined || !isHeld(input, field, JSON.stringify(source))) continue;
    const same = (isEmpty(source) && isEmpty(now)) || sameValue(source, now);
    if (!same) fields[field] = { kind: 'held', source, crm: now, repairable: false };
  }
  return fields;
}

export interface FieldDriftTotals extends Readonly<Record<FieldDriftKind, number>> {
  /** Of those that the CRM has changed or that are not written. */
  readonly repairable: number;
}

export interface DriftTotals {
  /** CRM records that the sync speaks of. */
  readonly compared: number;
  readonly same: number;
  readonly differing: number;
  readonly missing: number;
  readonly held: number;
  /** Records of which a repair would write something. */
  readonly repairable: number;
  /** In the order of their names. */
  readonly fields: Readonly<Record<string, FieldDriftTotals>>;
}

type Counted = { -readonly [Name in keyof FieldDriftTotals]: number };

/** Adds up in constant memory. */
export class DriftCounter {
  readonly #kinds = { differs: 0, missing: 0, held: 0 };
  readonly #fields = new Map<string, Counted>();
  #compared = 0;
  #repairable = 0;

  /** @param found of `compared` records those that differ */
  add(compared: number, found: readonly RecordDrift[]): void {
    this.#compared += compared;
    for (const { kind, fields } of found) {
      this.#kinds[kind]++;
      if (isRepairable(fields)) this.#repairable++;
      for (const [field, drift] of Object.entries(fields)) this.#addField(field, drift);
    }
  }

  get totals(): DriftTotals {
    const { differs, missing, held } = this.#kinds;
    const fields = [...this.#fields].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return {
      compared: this.#compared,
      same: this.#compared - differs - missing - held,
      differing: differs,
      missing,
      held,
      repairable: this.#repairable,
      fields: Object.fromEntries(fields.map(([field, counted]) => [field, { ...counted }])),
    };
  }

  #addField(name: string, { kind, repairable }: FieldDrift): void {
    const counted = this.#fields.get(name) ?? { crm_changed: 0, not_written: 0, kept: 0, held: 0, repairable: 0 };
    this.#fields.set(name, counted);
    counted[kind]++;
    if (repairable) counted.repairable++;
  }
}

export function isRepairable(fields: RecordDrift['fields']): boolean {
  return Object.values(fields).some((field) => field.repairable);
}
