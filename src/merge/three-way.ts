// Three-way compare of one field: base (what both sides last agreed on), source (resolved), CRM (now). Pure.

import type { ConflictPolicy } from '../domain/definition.ts';
import { isEmpty, sameValue, type Value } from '../domain/values.ts';

export interface Sides {
  /** Absent: the two sides have never agreed on anything. */
  readonly base?: Value | undefined;
  readonly source: Value;
  readonly crm: Value;
  /** Who spoke last; absent: unknown. Only `most_recent` asks. */
  readonly newer?: 'source' | 'crm' | undefined;
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
  if (!sourceChanged) return crmChanged ? DRIFT : NOTHING;
  if (!crmChanged) return policy === 'fill_empty' && !isEmpty(crm) ? FILLED : WRITE;
  return same(source, crm) ? AGREE : clash(sides, policy);
}

// Made once: every field of every record gets one of them.
const NOTHING: FieldVerdict = { do: 'nothing' };
const DRIFT: FieldVerdict = { do: 'drift' };
const AGREE: FieldVerdict = { do: 'agree' };
const WRITE: FieldVerdict = { do: 'write', conflict: false };
const OVERWRITE: FieldVerdict = { do: 'write', conflict: true };
const FILLED: FieldVerdict = { do: 'keep', conflict: false, review: false };
const KEEP: FieldVerdict = { do: 'keep', conflict: true, review: false };
const REVIEW: FieldVerdict = { do: 'keep', conflict: true, review: true };

/**
 * Whether a repair may put right what only the CRM has changed: where the policy gives the sources the say, and an empty
 * value where it lets them fill one.
 */
export function mayRepair(policy: ConflictPolicy, crm: Value): boolean {
  return policy === 'source' || (policy === 'fill_empty' && isEmpty(crm));
}

function firstContact(sides: Sides, policy: ConflictPolicy): FieldVerdict {
  if (same(sides.source, sides.crm)) return AGREE;
  return isEmpty(sides.crm) ? WRITE : clash(sides, policy);
}

function clash({ crm, newer }: Sides, policy: ConflictPolicy): FieldVerdict {
  if (policy === 'source') return OVERWRITE;
  if (policy === 'most_recent' && newer === 'source') return OVERWRITE;
  if (policy === 'fill_empty' && isEmpty(crm)) return OVERWRITE;
  return policy === 'review' ? REVIEW : KEEP;
}

function same(a: Value, b: Value): boolean {
  return a === b || (isEmpty(a) && isEmpty(b)) || sameValue(a, b);
}
