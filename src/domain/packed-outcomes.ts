// The stored form of a batch's outcomes: what happened to most entries is said once for all of them.

import type { EntryOutcome } from './claims.ts';

/** Outcomes that say no more than this, as parallel lists. */
interface Group {
  readonly outcome: EntryOutcome['outcome'];
  readonly action: EntryOutcome['action'];
  readonly ordinals: number[];
  readonly crmIds: (string | null)[];
}

export interface PackedOutcomes {
  readonly groups: readonly Group[];
  readonly others: readonly EntryOutcome[];
}

/** The properties of an outcome that says nothing of its own. */
const PLAIN = 4;

export function packOutcomes(outcomes: readonly EntryOutcome[]): PackedOutcomes {
  const groups = new Map<string, Group>();
  const others: EntryOutcome[] = [];
  for (const one of outcomes) {
    const { ordinal, outcome, action, crmId } = one;
    if (Object.keys(one).length !== PLAIN) {
      others.push(one);
      continue;
    }
    const name = `${outcome} ${action}`;
    const group = groups.get(name) ?? { outcome, action, ordinals: [], crmIds: [] };
    groups.set(name, group);
    group.ordinals.push(ordinal);
    group.crmIds.push(crmId);
  }
  return { groups: [...groups.values()], others };
}

/** By ordinal. A plain list is what earlier versions stored. */
export function unpackOutcomes(packed: PackedOutcomes | readonly EntryOutcome[]): readonly EntryOutcome[] {
  if (!('groups' in packed)) return packed;
  const plain = packed.groups.flatMap(({ outcome, action, ordinals, crmIds }) =>
    ordinals.map((ordinal, index): EntryOutcome => ({ ordinal, outcome, action, crmId: crmIds[index] ?? null })),
  );
  return [...plain, ...packed.others].toSorted((a, b) => a.ordinal - b.ordinal);
}
