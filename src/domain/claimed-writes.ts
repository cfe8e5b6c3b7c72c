// Creates that write what their claim says, no more and no less: most of a first run. A change set says so, instead of
// repeating every value; the digest of the claims stands in it, so that its hash covers them.

import type { Claim, Entry, FieldWrite } from './claims.ts';
import { type Fields, isEmpty, sameValue } from './values.ts';

/** The claims of the change set's batch, by ordinal. */
export interface Claimed {
  readonly claims: readonly Claim[];
  /** Of the claims as they are stored. */
  readonly digest: string;
}

/** The required properties of an entry: one that has more says something of its own. */
const PLAIN_ENTRY = 12;

/** What a create of this claim writes. The same object where the claim leaves nothing empty. */
export function claimedValues(fields: Fields): Fields {
  for (const field in fields) if (isEmpty(fields[field])) return withoutEmpty(fields);
  return fields;
}

function withoutEmpty(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !isEmpty(value)));
}

/** Whether the entry is a plain create, with nothing to say but its writes. */
export function isPlainCreate(entry: Entry): boolean {
  const { action, recordId, crmId, revision, previous, drift, agreed, conflicts } = entry;
  if (action !== 'create' || recordId !== null || crmId !== null || revision !== null || previous !== null)
    return false;
  for (const _field in agreed) return false;
  for (const _field in conflicts) return false;
  return drift.length === 0 && Object.keys(entry).length === PLAIN_ENTRY;
}

/**
 * Whether the writes are what the claim says.
 *
 * @param isUsual whether a write of this field has the reason that all writes of it have
 */
export function areClaimed(
  entry: Entry,
  claim: Claim | undefined,
  isUsual: (field: string, write: FieldWrite) => boolean,
): boolean {
  if (claim?.key !== entry.key) return false;
  let left = Object.keys(entry.writes).length;
  for (const field in claim.fields) {
    const value = claim.fields[field];
    if (isEmpty(value)) continue;
    const write = Object.hasOwn(entry.writes, field) ? entry.writes[field] : undefined;
    if (write === undefined || write.before !== null || write.base !== undefined) return false;
    if (!sameValue(write.after, value) || !isUsual(field, write)) return false;
    left--;
  }
  return left === 0;
}
