// A record that was deactivated lives again: what marked it as inactive is taken back, where no source speaks of it. Pure.

import type { Entry } from '../domain/claims.ts';
import type { ObjectDefinition } from '../domain/definition.ts';
import { type Fields, sameValue, type Value } from '../domain/values.ts';
import type { Resolved } from './resolve.ts';

/** What the fields held before the record was deactivated; null for an entry that is no deactivation. */
export function endedValues({ action, writes }: Entry): Fields | null {
  if (action !== 'deactivate') return null;
  return Object.fromEntries(Object.entries(writes).map(([field, { before }]): [string, Value] => [field, before]));
}

/** The fields to give back: those that nobody else decides about, and that still hold what we wrote into them. */
export function revived(
  { deactivated }: ObjectDefinition,
  {
    resolved,
    crm,
    ended,
  }: { readonly resolved: Readonly<Record<string, Resolved>>; readonly crm: Fields; readonly ended: Fields },
): Readonly<Record<string, Resolved>> {
  const given: Record<string, Resolved> = {};
  for (const [field, value] of Object.entries(ended)) {
    const ours = deactivated[field];
    if (ours === undefined || resolved[field] !== undefined || !sameValue(crm[field] ?? null, ours)) continue;
    given[field] = { value, why: { sync: null, key: null, rule: 'revive' }, claim: null };
  }
  return given;
}
