// Merge: match claims to CRM records, resolve, compare three ways, store the change set. h(x) is decided here; nothing is
// written to the CRM. Reads in a fixed number of statements for each batch, whatever its size.

import type { ChangeSet, Claim, Entry } from '../domain/claims.ts';
import { addCounts, NO_COUNTS, NO_OUTCOMES, type RunCounts } from '../domain/run.ts';
import type { Claimed } from '../domain/claimed-writes.ts';
import { chunksOf, groupBy } from '../domain/collections.ts';
import { canonicalJson, countChanges, encodeChangeSet } from '../merge/change-set.ts';
import { compareClaims } from '../merge/claim-order.ts';
import { foldClaim, sameClaim } from '../merge/fold.ts';
import { planEntry } from '../merge/plan.ts';
import { HELD_AT_GATE } from '../merge/standing.ts';
import { type ChangeStats, loadChangeStats, loadClaims, saveChangeSet } from '../store/batches.ts';
import { claimsByKey, type StoredClaim } from '../store/claims.ts';
import { keepToApproved } from './approved-entries.ts';
import type { BatchRef, Deps, StepContext } from './deps.ts';
import { gatherFacts, type Linked, type MergeFacts } from './merge-facts.ts';
import { matchClaims, standingEntry } from './merge-match.ts';
import { keepUnique, sameInRun } from './merge-unique.ts';
import { type RunContext, runContext } from './run-context.ts';

/** A claim to merge, with its place and what is known of its key. */
export interface Asking {
  readonly ordinal: number;
  /** Whole: folded onto what the key's source said before. */
  readonly claim: Claim;
  readonly stored: StoredClaim | undefined;
  /** The field whose value must be unique, and which another record of the run has too. */
  readonly contested: string | undefined;
}

export async function mergeBatch(deps: Deps, ref: BatchRef, context: StepContext): Promise<ChangeStats> {
  const { pool } = deps.store;
  const done = await loadChangeStats(pool, ref);
  if (done !== null) return done;
  const run = await runContext(deps, ref);
  const { asking, stale, claimed } = await loadAsking(deps, ref, run.definition.sync);
  context.progress({ batch: ref.n, claims: asking.length });
  const held = asking.filter(isStillHeld);
  const free = asking.filter((one) => !isStillHeld(one));
  const open = free.filter((one) => one.contested === undefined);
  const matched = await matchClaims(deps, { ref, run }, open);
  context.progress({ batch: ref.n, linked: matched.linked.length });
  const standing = [
    ...held.map((one) => standingEntry(one, 'held', HELD_AT_GATE)),
    ...free.flatMap((one) =>
      one.contested === undefined ? [] : standingEntry(one, 'review', sameInRun(one.contested)),
    ),
  ];
  const planned = await keepUnique(deps, run, await planLinked(deps, { ref, run, context }, matched.linked));
  const retried = new Set(open.flatMap(({ claim, stored }) => ((stored?.tries ?? 0) > 0 ? [claim.key] : [])));
  const bounded = await keepToApproved(deps, { ref, retried }, planned);
  const entries = [...standing, ...matched.settled, ...bounded.entries];
  const changeSet: ChangeSet = { object: run.object.name, entries: entries.toSorted((a, b) => a.ordinal - b.ordinal) };
  return saveChangeSet(pool, ref, {
    encoded: encodeChangeSet(changeSet, claimed),
    stats: {
      ...statsOf(changeSet, ref.round === 0 ? stale : 0),
      ...(bounded.approved === 0 ? {} : { approved: bounded.approved }),
    },
  });
}

/** The batch's claims, whole, without those that seal left out, and without older ones that have no new word. */
async function loadAsking(
  deps: Deps,
  ref: BatchRef,
  { stream }: RunContext['definition']['sync'],
): Promise<{ readonly asking: readonly Asking[]; readonly stale: number; readonly claimed: Claimed }> {
  const { body, digest, leftOut, contested } = await loadClaims(deps.store.pool, ref);
  const wanted = [...body.claims.entries()].filter(([ordinal]) => !leftOut.has(ordinal));
  const stored = await claimsByKey(
    deps.store.pool,
    ref.syncNo,
    wanted.map(([, claim]) => claim.key),
  );
  const asking = wanted.flatMap(([ordinal, claim]): readonly Asking[] => {
    const known = stored.get(claim.key);
    const whole = foldClaim(stream, claim, known);
    const stale = known !== undefined && compareClaims(known, claim) > 0 && sameClaim(known, whole);
    return stale ? [] : [{ ordinal, claim: whole, stored: known, contested: contested.get(ordinal) }];
  });
  return { asking, stale: wanted.length - asking.length, claimed: { claims: body.claims, digest } };
}

/** Rejected at the gate, and the source says nothing new since: not proposed again. */
function isStillHeld({ stored, claim }: Asking): boolean {
  if (stored?.state !== 'held' || stored.reason !== HELD_AT_GATE) return false;
  const { source } = claim.version;
  return source === null
    ? canonicalJson(stored.fields) === canonicalJson(claim.fields)
    : stored.version.source === source;
}

/** Records planned at a time: what is read of them is needed for so long only. */
const PLANNED_AT_ONCE = 2_000;

async function planLinked(
  deps: Deps,
  { ref, run, context }: { readonly ref: BatchRef; readonly run: RunContext; readonly context: StepContext },
  linked: readonly Linked[],
): Promise<readonly Entry[]> {
  // Several keys of one source may describe one record: the last of them carries the entry, the others follow it.
  const groups = [...groupBy(linked, (one) => one.crmId ?? `new ${one.asking.ordinal}`).values()];
  const entries: Entry[] = [];
  for (const some of chunksOf(groups, PLANNED_AT_ONCE)) {
    const facts = await gatherFacts(deps, { ref, run, asOf: run.run.startedAt.getTime() }, some.flat());
    for (const group of some) entries.push(...planGroup(facts, group, run.run.kind === 'repair'));
    context.progress({ batch: ref.n, planned: entries.length });
  }
  return entries;
}

function planGroup(facts: MergeFacts, group: readonly Linked[], repair: boolean): readonly Entry[] {
  const lead = group.at(-1);
  if (lead === undefined) return [];
  const planned = planEntry(facts.inputFor(lead, group, repair));
  // Most records have one key, and nothing else to say.
  if (group.length === 1 && lead.left === undefined && lead.apart === undefined) return [planned];
  const { apart } = lead;
  const entry = apart === undefined || planned.action !== 'create' ? planned : { ...planned, apart };
  const followers = group.slice(0, -1).map(({ asking, left }): Entry => ({
    ...entry,
    ...leftOf(left),
    ordinal: asking.ordinal,
    key: asking.claim.key,
    action: 'none',
    writes: {},
    agreed: {},
    conflicts: {},
    drift: [],
  }));
  return [...followers, { ...entry, ...leftOf(lead.left) }];
}

function leftOf(left: Linked['left']): Pick<Entry, 'left'> {
  return left === undefined ? {} : { left: left.id };
}

/** @param stale claims of the read that are older than what is stored; in later rounds the delivery counts them */
function statsOf(changeSet: ChangeSet, stale: number): ChangeStats {
  const { creates, updates, deletes, nulls, conflicts, drift } = countChanges(changeSet.entries);
  const outcomes = { ...NO_OUTCOMES };
  for (const entry of changeSet.entries) outcomes[entry.outcome] += 1;
  const counts: RunCounts = addCounts(NO_COUNTS, { accepted: -stale, duplicates: stale, conflicts, drift, outcomes });
  return { creates, updates, deletes, nulls, counts };
}
