// What a delivered entry leaves behind on our side: the base, and after an undo the holds. Pure.

import type { Entry, SourcedClaim } from '../domain/claims.ts';
import type { Fields, Value } from '../domain/values.ts';
import { claimsImage } from './plan.ts';

/** What both sides agree on now. An undo puts back what they agreed on before. */
export function baseAfter(base: Fields, entry: Entry, wrote: boolean): Fields {
  const next: Record<string, Value> = { ...base };
  for (const [field, agreed] of Object.entries(entry.agreed)) next[field] = agreed.value;
  if (!wrote) return next;
  for (const [field, write] of Object.entries(entry.writes)) {
    if (write.why.rule !== 'undo') next[field] = write.after;
    else if (write.base === undefined) delete next[field];
    else next[field] = write.base;
  }
  return next;
}

/**
 * What is not to be proposed after an undo, as canonical JSON by field. Where a record came into being or ended, that is
 * all that its claims say (`*`); else the values that went back.
 */
export function holdsAfter(
  { action, writes }: Entry,
  claims: readonly SourcedClaim[],
): Readonly<Record<string, string>> {
  const ended = claims.every((claim) => claim.operation === 'delete');
  if (action === 'delete' || action === 'create' || ended) return { '*': claimsImage(claims) };
  return Object.fromEntries(Object.entries(writes).map(([field, { before }]) => [field, JSON.stringify(before)]));
}
