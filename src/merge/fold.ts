// Change events say only what changed: folding puts them onto what the source said before. Pure.

import type { Claim } from '../domain/claims.ts';
import type { StreamDefinition } from '../domain/definition.ts';

/** The whole claim of a key. With `records: full` the newest record is the whole claim; an end says nothing of fields. */
export function foldClaim(stream: StreamDefinition, claim: Claim, stored: Pick<Claim, 'fields'> | undefined): Claim {
  if (stream.records === 'full' || stored === undefined || claim.operation !== 'upsert') return claim;
  return { ...claim, fields: { ...stored.fields, ...claim.fields } };
}
