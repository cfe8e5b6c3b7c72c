// The contract of validate: a canonical record is accepted as a claim, or not, with every violation. Pure.

import type { Fields, Violation } from '../domain/values.ts';
import type { Canonical } from '../transform/transform.ts';

export type Verdict =
  | {
      readonly kind: 'accepted';
      readonly fields: Fields;
      readonly warnings: readonly Violation[];
      /** Fields whose bad value was left out: the record says nothing of them. Absent: none. */
      readonly unsaid?: readonly string[];
    }
  /** `batch` is set when a rule of level `reject_batch` failed. */
  | { readonly kind: 'rejected'; readonly violations: readonly Violation[]; readonly batch: boolean };

/**
 * Checks types, required fields and rules in that order; all violations are collected, not the first.
 *
 * @param runStart when the run began, for rules that ask what `now` is: without it they hold
 */
export type Validate = (record: Canonical, runStart?: string) => Verdict;
