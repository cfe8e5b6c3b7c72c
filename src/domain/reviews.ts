// Reviews: what only a person can say of a claim, and what they may answer. Pure data: JSON-safe.

import type { Candidate, FieldConflict } from './claims.ts';

/** What is known of the question, as it stood when it was asked. */
export interface ReviewEvidence {
  /** The CRM record that the claim belongs to; null where that is the question. */
  readonly crm_id: string | null;
  readonly candidates?: readonly Candidate[];
  /** The fields that the CRM and the sources disagree on, by name. */
  readonly conflicts: Readonly<Record<string, FieldConflict>>;
}

/** An answer: whose record the claim is, or what its disputed fields are to hold, or that it be looked at again. */
export interface Decision {
  /** It is this CRM record. */
  readonly same?: string;
  /** It is none of these CRM records. */
  readonly notSame?: readonly string[];
  /** It is none that there are: a new one. */
  readonly create?: true;
  /** Fields that keep the CRM's value until the sources say something else; `*` for all. */
  readonly keepCrm?: readonly string[];
  /** Fields that get the sources' value; `*` for all. */
  readonly takeSource?: readonly string[];
  /** Nothing is decided: what was in the way is gone. */
  readonly again?: true;
}
