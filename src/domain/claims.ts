// Claims, what becomes of them, and the change sets that follow. Pure data: JSON-safe.

import type { Fields, Operation, Value, Version, Violation } from './values.ts';

/** What happened to an accepted claim. Every claim is stored with its outcome when its batch is delivered. */
export const CLAIM_OUTCOMES = ['applied', 'no_change', 'conflict', 'review', 'waiting', 'parked', 'held'] as const;
export type ClaimOutcome = (typeof CLAIM_OUTCOMES)[number];

/** What one source record says about a CRM record's fields. */
export interface Claim {
  readonly key: string;
  readonly version: Version;
  readonly operation: Operation;
  readonly fields: Fields;
  /** Milliseconds since 1970 when the claim was first durable here. */
  readonly observedAt: number;
  /** Fields that a whole record says nothing of: a rule left a bad value out. */
  readonly unsaid?: readonly string[];
  /** Of a claim that was folded from several records, or from change events; absent: one record says it all. */
  readonly versions?: FieldVersions;
}

/** What tells newer from older. */
export type Dated = Pick<Claim, 'version' | 'observedAt'>;

/** From when the newest word on each field is. */
export interface FieldVersions {
  /** For fields that are named nowhere: withdrawn then; null: nobody has ever said anything of them. */
  readonly others: Dated | null;
  /** Fields of other dates: than the claim's where it has a value for them, than `others` where it has none. */
  readonly fields: Readonly<Record<string, Dated | null>>;
}

/** A claim with its place: which sync said it. */
export interface SourcedClaim extends Claim {
  readonly sync: string;
  /** The sync's connection: what `rank` names. */
  readonly source: string;
}

/** A steward's fixed value of one field. */
export interface Pin {
  readonly field: string;
  readonly value: Value;
  /** Milliseconds since 1970; null: it stays until somebody takes it away. */
  readonly expiresAt: number | null;
}

/** A record that failed, as it stood before the failing step. */
export interface Rejected {
  /** Null when the key is unreadable. */
  readonly key: string | null;
  readonly version: string | null;
  readonly position: number;
  readonly encoding: 'record' | 'raw';
  /** The decoded record as JSON, or its bytes in base64. */
  readonly record: string;
  readonly violations: readonly Violation[];
}

/** A batch after validate: the accepted claims, in the order of the batch's keys. */
export interface BatchBody {
  readonly claims: readonly Claim[];
}

/** Why a value was chosen. */
export interface Why {
  /** Sync and source key of the winning claim; null when nobody's claim (a deactivation, an undo). */
  readonly sync: string | null;
  readonly key: string | null;
  /** The survivorship rule that picked it: `rank`, `most_recent`, `pin`, `deactivate`, `undo`, … */
  readonly rule: string;
  /** The policy that let it win over the CRM's value, when the two differed from the base. */
  readonly policy?: string;
}

/** One field's planned write. `base` is absent when both sides had agreed on nothing yet. */
export interface FieldWrite {
  readonly before: Value;
  readonly after: Value;
  readonly base?: Value;
  readonly why: Why;
}

export interface FieldConflict {
  readonly crm: Value;
  readonly source: Value;
  readonly kept: 'crm' | 'source';
  readonly policy: string;
}

/** Where an entry stands: the link of a record's history through the change sets. */
export interface ChangeRef {
  readonly run: number;
  readonly round: number;
  readonly batch: number;
}

/** What speaks for a CRM record being the one that a claim means. */
export interface Evidence {
  /** The match key that is equal. */
  readonly field: string;
  /** Normalised. */
  readonly value: string;
}

export interface Candidate {
  readonly crmId: string;
  readonly evidence: readonly Evidence[];
}

export type EntryAction = 'none' | 'create' | 'update' | 'deactivate' | 'delete';

/** What is planned for one claim: part of a change set. */
export interface Entry {
  /** The claim's place in the batch's body; for an undo, the place in this change set. */
  readonly ordinal: number;
  readonly key: string;
  readonly action: EntryAction;
  readonly outcome: ClaimOutcome;
  readonly reason?: string;
  /** The field whose reference is not in the CRM: the claim waits for it, even where the rest of it is written. */
  readonly missing?: string;
  readonly recordId: number | null;
  readonly crmId: string | null;
  readonly revision: number | null;
  readonly writes: Readonly<Record<string, FieldWrite>>;
  /** Fields where both sides now say the same: only the base moves. */
  readonly agreed: Readonly<Record<string, { readonly value: Value; readonly base?: Value }>>;
  readonly conflicts: Readonly<Record<string, FieldConflict>>;
  /** Fields where only the CRM changed since the base: kept, counted. */
  readonly drift: readonly string[];
  /** Review only: the CRM records that the claim may mean. */
  readonly candidates?: readonly Candidate[];
  readonly previous: ChangeRef | null;
  /** A create: CRM records that a person has told apart from it, though they may share its match keys. */
  readonly apart?: readonly string[];
  /** The number of the record that the claim was linked to, and that somebody merged into this one in the CRM. */
  readonly left?: number;
  /** Undo only, where something stays: the fields that somebody changed since; none where the record itself is why. */
  readonly kept?: Readonly<Record<string, KeptField>>;
}

/** A field that an undo leaves alone. */
export interface KeptField {
  /** What the run wrote. */
  readonly ours: Value;
  readonly now: Value;
  /** The run that wrote what it is now; null: somebody in the CRM. */
  readonly by?: string | null;
}

export interface ChangeSet {
  readonly object: string;
  readonly entries: readonly Entry[];
}

/** What was done for an entry. `written` is set where a re-merge shrank the entry. */
export interface EntryOutcome {
  readonly ordinal: number;
  readonly outcome: ClaimOutcome;
  readonly action: EntryAction;
  readonly crmId: string | null;
  readonly reason?: string;
  /** Refused because the record had changed since it was merged: merge again. */
  readonly contested?: true;
  readonly written?: readonly string[];
  /** Creates only: values that the CRM itself gave to fields we did not write. */
  readonly defaults?: Fields;
}
