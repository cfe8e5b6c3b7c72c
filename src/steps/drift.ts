// Reconcile: what the CRM holds, against what the sources say. Reads the store and the CRM in pages; writes nothing.

import { groupBy } from '../domain/collections.ts';
import { driftOf, type FieldDrift, type RecordDrift } from '../merge/drift.ts';
import { claimsOfRecords, pageClaims, recordsById, type StoredClaim } from '../store/claims.ts';
import { knownCrmIds } from '../store/drift.ts';
import type { Deps } from './deps.ts';
import { connectionOf, gatherFacts, type Linked } from './merge-facts.ts';
import type { RunContext } from './run-context.ts';

export interface Reconciling {
  readonly deps: Pick<Deps, 'store' | 'destination'>;
  readonly run: Pick<RunContext, 'definition' | 'object'>;
  readonly syncNo: number;
}

export interface DriftPage {
  /** CRM records that were compared. */
  readonly compared: number;
  readonly found: readonly (RecordDrift & { readonly claim: StoredClaim })[];
  /** Where the next page begins. */
  readonly lastKey: string;
}

const PAGE = 2_000;

/** The records that the sync speaks of, by source key, a page at a time; each of them once. */
export async function* driftPages(reconciling: Reconciling, fromKey = ''): AsyncGenerator<DriftPage> {
  const { deps, syncNo } = reconciling;
  for (let afterKey = fromKey; ;) {
    const page = await pageClaims(deps.store.pool, { syncNo, afterKey, limit: PAGE });
    const last = page.at(-1);
    if (last === undefined) return;
    afterKey = last.key;
    const linked = await linkPage(reconciling, page);
    const facts = await gatherFacts(deps, { ref: { syncNo }, run: reconciling.run, asOf: Date.now() }, linked);
    const found = linked.flatMap((one) => {
      const { stored } = one.asking;
      const drift = driftOf(facts.inputFor(one, [one]));
      return drift === null || stored === undefined ? [] : [{ ...heldBack(drift, stored), claim: stored }];
    });
    yield { compared: linked.length, found, lastKey: afterKey };
  }
}

/** What the gate said no to is not written by a repair either. */
function heldBack(drift: RecordDrift, { state }: StoredClaim): RecordDrift {
  if (state !== 'held') return drift;
  const fields = Object.entries(drift.fields).map(([field, one]): [string, FieldDrift] => [
    field,
    one.kind === 'not_written' ? { ...one, kind: 'held', repairable: false } : one,
  ]);
  return { ...drift, fields: Object.fromEntries(fields) };
}

/** Of several keys of the sync on one record the last speaks for it, as in a merge. */
async function linkPage({ deps, syncNo }: Reconciling, page: readonly StoredClaim[]): Promise<readonly Linked[]> {
  const { pool } = deps.store;
  const ids = [...new Set(page.flatMap((claim) => (claim.recordId === null ? [] : [claim.recordId])))];
  const [records, related] = await Promise.all([recordsById(pool, ids), claimsOfRecords(pool, ids)]);
  const own = related.filter((claim) => claim.syncNo === syncNo && claim.operation === 'upsert');
  const lastKeys = new Map(
    [...groupBy(own, (claim) => claim.recordId ?? 0)].map(([id, claims]) => [id, claims.at(-1)?.key]),
  );
  return page.flatMap((claim, ordinal): readonly Linked[] => {
    const record = records.get(claim.recordId ?? 0);
    if (record === undefined || lastKeys.get(record.id) !== claim.key) return [];
    const asking = { ordinal, claim, stored: claim, contested: undefined };
    return [{ asking, crmId: record.crmId, record, by: 'crosswalk' }];
  });
}

const IDS = 10_000;

/** CRM records of the object that no source speaks of, in the order of their ids, a page at a time. */
export async function* extraPages({ deps, run }: Reconciling): AsyncGenerator<readonly string[]> {
  const { object } = run;
  const destination = await deps.destination(connectionOf(run, object));
  for (let after: string | null = null; ;) {
    const ids: readonly string[] = await destination.ids(object, { after, limit: IDS });
    const last = ids.at(-1);
    if (last === undefined) return;
    after = last;
    const known = await knownCrmIds(deps.store.pool, object.name, ids);
    yield ids.filter((id) => !known.has(id));
  }
}
