// Three-way compare of one field: base (what both sides last agreed on), source (resolved), CRM (now). Pure.

import type { ConflictPolicy } from '../domain/definition.ts';
import { isEmpty, sameValue, type Value } from '../domain/values.ts';

export interface Sides {
  /** Absent: the two sides have never agreed on anything. */
  readonly base?: Value;
  readonly source: Value;
  readonly crm: Value;
  /** Who spoke last; absent: unknown. Only `most_recent` asks. */
  readonly newer?: 'source' | 'crm';
}

export type FieldVerdict =
  /** Nothing to do. */
  | { readonly do: 'nothing' }
  /** Only the CRM changed: it stays, and is counted. */
  | { readonly do: 'drift' }
  /** Both say the same now: the base moves. */
  | { readonly do: 'agree' }
  /** Write the source's value. `conflict`: the CRM had changed it too, to something else. */
  | { readonly do: 'write'; readonly conflict: boolean }
  /** The CRM's value stays. `conflict` as above; false where the policy only fills empty fields. */
  | { readonly do: 'keep'; readonly conflict: boolean; readonly review: boolean };

/**
 * Decides one field.
 *
 * | source vs base | CRM vs base | verdict |
 * |---|---|---|
 * | same | same | nothing |
 * | changed | same | write (`fill_empty`: only into an empty field) |
 * | same | changed | drift |
 * | changed | changed, to the same | agree |
 * | changed | changed, differently | by the policy; `most_recent`: the source's if it is known to be newer |
 *
 * Without a base the CRM counts as changed wherever it is not empty. Null, absent and empty are the same side's "empty".
 */
export function threeWay(sides: Sides, policy: ConflictPolicy): FieldVerdict {
  const { base, source, crm } = sides;
  if (base === undefined) return firstContact(sides, policy);
  const sourceChanged = !same(source, base);
  const crmChanged = !same(crm, base);
  if (!sourceChanged) return { do: crmChanged ? 'drift' : 'nothing' };
  if (!crmChanged) {
    return policy === 'fill_empty' && !isEmpty(crm)
      ? { do: 'keep', conflict: false, review: false }
      : { do: 'write', conflict: false };
  }
  return same(source, crm) ? { do: 'agree' } : clash(sides, policy);
}

/**
 * Whether a repair may put right what only the CRM has changed: where the policy gives the sources the say, and an empty
 * value where it lets them fill one.
 */
export function mayRepair(policy: ConflictPolicy, crm: Value): boolean {
  return policy === 'source' || (policy === 'fill_empty' && isEmpty(crm));
}

function firstContact(sides: Sides, policy: ConflictPolicy): FieldVerdict {
  if (same(sides.source, sides.crm)) return { do: 'agree' };
  return isEmpty(sides.crm) ? { do: 'write', conflict: false } : clash(sides, policy);
}

function clash({ crm, newer }: Sides, policy: ConflictPolicy): FieldVerdict {
  if (policy === 'source') return { do: 'write', conflict: true };
  if (policy === 'most_recent' && newer === 'source') return { do: 'write', conflict: true };
  if (policy === 'fill_empty' && isEmpty(crm)) return { do: 'write', conflict: true };
  return { do: 'keep', conflict: true, review: policy === 'review' };
}

function same(a: Value, b: Value): boolean {
  return (isEmpty(a) && isEmpty(b)) || sameValue(a, b);
}
