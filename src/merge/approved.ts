// After an approval a record that had changed meanwhile is merged again: what was approved may only shrink. Pure.

import type { Entry } from '../domain/claims.ts';
import { isEmpty, sameValue } from '../domain/values.ts';

const GROWN = 'it would now change otherwise than approved; merged again in the next run';

/** Does no more than was approved: the same action, and of the approved fields some or all, from and to the same values. */
export function isWithinApproval(entry: Entry, approved: Entry): boolean {
  return (
    entry.action === approved.action &&
    entry.crmId === approved.crmId &&
    Object.entries(entry.writes).every(([field, write]) => {
      const seen = approved.writes[field];
      if (seen === undefined || !sameValue(seen.after, write.after)) return false;
      return sameValue(seen.before, write.before) || (isEmpty(seen.before) && isEmpty(write.before));
    })
  );
}

/** The entry as it may be delivered under the approval: itself, or parked. Entries that write nothing pass. */
export function shrinkToApproved(entry: Entry, approved: Entry): Entry {
  if (entry.action === 'none' || isWithinApproval(entry, approved)) return entry;
  return {
    ...entry,
    action: 'none',
    outcome: 'parked',
    reason: GROWN,
    writes: {},
    agreed: {},
    conflicts: {},
    drift: [],
  };
}
