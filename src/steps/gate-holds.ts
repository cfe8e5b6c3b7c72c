// What a delivery does to holds of the gate: what was not approved is held; what was merged anew is not held any more.

import type { Entry, EntryOutcome } from '../domain/claims.ts';
import type { Client } from '../postgres/client.ts';
import { type GateHold, replaceGateHolds } from '../store/held.ts';
import type { BatchRef } from './deps.ts';

export async function keepGateHolds(
  client: Client,
  ref: BatchRef,
  delivered: { readonly entries: readonly Entry[]; readonly outcomes: readonly EntryOutcome[] },
): Promise<void> {
  const outcomes = new Map(delivered.outcomes.map((outcome) => [outcome.ordinal, outcome.outcome]));
  const lifted: string[] = [];
  const holds: Omit<GateHold, 'syncNo'>[] = [];
  for (const { ordinal, key, action, recordId, writes } of delivered.entries) {
    if (outcomes.get(ordinal) !== 'held') lifted.push(key);
    else if (action === 'update' && recordId !== null) {
      lifted.push(key);
      for (const [field, { after }] of Object.entries(writes))
        holds.push({ recordId, field, key, value: JSON.stringify(after) });
    }
  }
  await replaceGateHolds(client, ref, { lifted, holds });
}
