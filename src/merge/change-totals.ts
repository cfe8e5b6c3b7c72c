// What change sets come to as a whole: the summary above a diff. Pure; adds up entry by entry, in constant memory.

import { CLAIM_OUTCOMES, type ClaimOutcome, type Entry, type EntryAction } from '../domain/claims.ts';
import { isEmpty } from '../domain/values.ts';

/** What becomes of one field, in records. */
export interface FieldTotals {
  /** Empty before, with a value after; records that are created among them. */
  readonly filled: number;
  readonly changed: number;
  readonly emptied: number;
  /** Both sides had changed it: the CRM's value stays. */
  readonly kept: number;
}

export interface ChangeTotals {
  readonly actions: Readonly<Record<Exclude<EntryAction, 'none'>, number>>;
  readonly outcomes: Readonly<Record<ClaimOutcome, number>>;
  /** Records on which both sides had changed a field, to different values. */
  readonly conflicts: number;
  /** Fields that only the CRM had changed. */
  readonly drift: number;
  /** An undo's: records of which something stays, because somebody changed it since. */
  readonly kept: number;
  /** In the order of their names; only fields of which there is something to say. */
  readonly fields: Readonly<Record<string, FieldTotals>>;
}

type Counted = { -readonly [Name in keyof FieldTotals]: number };

export class ChangeCounter {
  readonly #actions = { create: 0, update: 0, deactivate: 0, delete: 0 };
  readonly #outcomes: Record<ClaimOutcome, number>;
  readonly #fields = new Map<string, Counted>();
  #conflicts = 0;
  #drift = 0;
  #kept = 0;

  constructor() {
    const none = CLAIM_OUTCOMES.map((outcome): [ClaimOutcome, number] => [outcome, 0]);
    this.#outcomes = Object.fromEntries(none) as Record<ClaimOutcome, number>; // every outcome is a key
  }

  add(entry: Entry): void {
    if (entry.action !== 'none') this.#actions[entry.action]++;
    this.#outcomes[entry.outcome]++;
    this.#drift += entry.drift.length;
    if (entry.kept !== undefined) this.#kept++;
    const conflicts = Object.entries(entry.conflicts);
    if (conflicts.length > 0) this.#conflicts++;
    for (const [field, { kept }] of conflicts) if (kept === 'crm') this.#field(field).kept++;
    for (const field of Object.keys(entry.kept ?? {})) this.#field(field).kept++;
    for (const [field, { before, after }] of Object.entries(entry.writes)) {
      const counted = this.#field(field);
      if (isEmpty(after)) counted.emptied++;
      else if (isEmpty(before)) counted.filled++;
      else counted.changed++;
    }
  }

  get totals(): ChangeTotals {
    const fields = [...this.#fields].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return {
      actions: { ...this.#actions },
      outcomes: { ...this.#outcomes },
      conflicts: this.#conflicts,
      drift: this.#drift,
      kept: this.#kept,
      fields: Object.fromEntries(fields.map(([field, counted]) => [field, { ...counted }])),
    };
  }

  #field(name: string): Counted {
    const known = this.#fields.get(name) ?? { filled: 0, changed: 0, emptied: 0, kept: 0 };
    this.#fields.set(name, known);
    return known;
  }
}
