// Which CRM record each claim of a batch means: crosswalk, judgements, match keys; reservations for those to be created.

import type { Candidate, Entry, Evidence } from '../domain/claims.ts';
import { groupBy } from '../domain/collections.ts';
import type { ObjectDefinition } from '../domain/definition.ts';
import { matchKey } from '../domain/field-types.ts';
import type { Destination } from '../destinations/destination.ts';
import { match, type MatchKey, matchKeysOf, matchLevels, type MatchOutcome } from '../merge/match.ts';
import { claimsOfRecords, recordsByCrmId, recordsById } from '../store/claims.ts';
import { type Judgement, judgementsOf } from '../store/exceptions.ts';
import { type Reservation, reserve } from '../store/reservations.ts';
import type { BatchRef, Deps } from './deps.ts';
import { followMerged } from './follow-merged.ts';
import type { Asking } from './merge.ts';
import type { Linked } from './merge-facts.ts';
import type { RunContext } from './run-context.ts';

export interface Matched {
  readonly linked: readonly Linked[];
  /** Entries of claims that stop here: reviews, and those that wait for another claim's create. */
  readonly settled: readonly Entry[];
}

interface Scope {
  readonly ref: BatchRef;
  readonly run: RunContext;
}

export async function matchClaims(deps: Deps, scope: Scope, asking: readonly Asking[]): Promise<Matched> {
  const known = asking.filter((one) => one.stored?.recordId != null);
  const fresh = asking.filter((one) => one.stored?.recordId == null && one.claim.operation === 'upsert');
  // An end of something that was never linked has nothing to end.
  const unknownEnds = asking.filter((one) => one.stored?.recordId == null && one.claim.operation !== 'upsert');
  const records = await recordsById(
    deps.store.pool,
    known.map((one) => one.stored?.recordId ?? 0),
  );
  const linked = known.map((one): Linked => {
    const record = records.get(one.stored?.recordId ?? 0) ?? null;
    return { asking: one, crmId: record?.crmId ?? null, record, by: 'crosswalk' };
  });
  const settled = unknownEnds.map((one) => standingEntry(one, 'no_change', 'nothing to end'));
  const found = await matchFresh(deps, scope, fresh);
  const all = await followMerged(deps, scope.run, [...linked, ...found.linked]);
  return { linked: all, settled: [...settled, ...found.settled] };
}

async function matchFresh(deps: Deps, scope: Scope, fresh: readonly Asking[]): Promise<Matched> {
  const { object } = scope.run;
  const linked: Linked[] = [];
  const creates: Linked[] = [];
  const settled: Entry[] = [];
  for (const { asking, outcome, notSame } of await judge(deps, scope, fresh)) {
    if (outcome.kind === 'link') linked.push({ asking, record: null, ...outcome });
    if (outcome.kind === 'create') creates.push(creating(asking, notSame));
    if (outcome.kind === 'review') settled.push(reviewEntry(asking, outcome.reason, outcome.candidates));
  }
  const records = await recordsByCrmId(
    deps.store.pool,
    object.name,
    linked.map((one) => one.crmId ?? ''),
  );
  const known = linked.map((one) => ({ ...one, record: records.get(one.crmId ?? '') ?? null }));
  const own = await onePerSource(deps, scope, known);
  const reserved = await reserveCreates(deps, scope, creates);
  return { linked: [...own.linked, ...reserved.linked], settled: [...settled, ...own.settled, ...reserved.settled] };
}

function creating(asking: Asking, notSame: ReadonlySet<string>): Linked {
  const apart = notSame.size === 0 ? {} : { apart: [...notSame].toSorted() };
  return { asking, crmId: null, record: null, by: 'create', ...apart };
}

type Judged = readonly Pick<Search, 'asking' | 'outcome' | 'notSame'>[];

/** A claim whose CRM record is being looked for. */
interface Search {
  readonly asking: Asking;
  readonly keys: readonly MatchKey[];
  /** By CRM id. */
  readonly found: Map<string, Evidence[]>;
  readonly same: string | null;
  readonly notSame: ReadonlySet<string>;
  outcome: MatchOutcome;
}

/** Asks the CRM level by level, and only for claims that no earlier level has decided. */
async function judge(deps: Deps, { ref, run }: Scope, fresh: readonly Asking[]): Promise<Judged> {
  const { object } = run;
  const keys = fresh.map(({ claim }) => claim.key);
  const words = groupBy(await judgementsOf(deps.store.pool, ref.syncNo, keys), (word) => word.key);
  const destination = await openDestination(deps, run);
  const levels = matchLevels(object);
  const searches = fresh.map((asking) => searchFor(object, asking, words.get(asking.claim.key) ?? []));
  const settle = (search: Search): void => {
    const candidates = [...search.found].map(([crmId, evidence]) => ({ crmId, evidence }));
    search.outcome = match({ levels, candidates, same: search.same, notSame: search.notSame });
  };
  searches.forEach(settle);
  for (const level of levels) {
    const open = searches.filter(({ outcome }) => outcome.kind === 'create');
    for (const field of level.fields) await ask({ destination, object, field }, open);
    open.forEach(settle);
  }
  return searches;
}

/** @param words what people said of the claim's key */
function searchFor(object: ObjectDefinition, asking: Asking, words: readonly Judgement[]): Search {
  return {
    asking,
    keys: matchKeysOf(object, asking.claim.fields),
    found: new Map(),
    same: words.find((word) => word.same)?.crmId ?? null,
    notSame: new Set(words.filter((word) => !word.same).map((word) => word.crmId)),
    outcome: { kind: 'create' },
  };
}

async function ask(
  {
    destination,
    object,
    field,
  }: { readonly destination: Destination; readonly object: ObjectDefinition; readonly field: string },
  open: readonly Search[],
): Promise<void> {
  const wanted = open.flatMap((search) => {
    const value = search.keys.find((key) => key.field === field)?.value;
    return value === undefined ? [] : [{ search, value }];
  });
  if (wanted.length === 0) return;
  const rows = await destination.find(object, field, [...new Set(wanted.map(({ value }) => value))]);
  const ids = byKey(object.fields[field]?.type ?? 'text', rows);
  for (const { search, value } of wanted) {
    for (const crmId of ids.get(value) ?? []) {
      search.found.set(crmId, [...(search.found.get(crmId) ?? []), { field, value }]);
    }
  }
}

function byKey(
  type: Parameters<typeof matchKey>[0],
  rows: readonly { readonly crmId: string; readonly value: string }[],
): ReadonlyMap<string, readonly string[]> {
  const ids = new Map<string, string[]>();
  for (const row of rows) {
    const key = matchKey(type, row.value);
    if (key === null) continue;
    const list = ids.get(key) ?? [];
    list.push(row.crmId);
    ids.set(key, list);
  }
  return ids;
}

/** One source key for each record and source, unless the stream allows more, or a person said so. */
async function onePerSource(deps: Deps, { ref, run }: Scope, linked: readonly Linked[]): Promise<Matched> {
  const asked = linked.filter(({ by }) => by !== 'judgement');
  if (run.definition.sync.stream.many || asked.length === 0) return { linked, settled: [] };
  const others = await claimsOfRecords(
    deps.store.pool,
    asked.flatMap((one) => (one.record === null ? [] : [one.record.id])),
  );
  const claimed = new Map(
    others
      .filter((claim) => claim.syncNo === ref.syncNo && claim.operation === 'upsert')
      .map((claim) => [claim.recordId, claim.key]),
  );
  const wanted = asked.map((one): Reservation => ({
    keyHash: linkHash(deps, ref, one.crmId ?? ''),
    sourceKey: one.asking.claim.key,
  }));
  const holders = await reserve(deps.store, { object: run.object.name, runNo: ref.runNo, syncNo: ref.syncNo }, wanted);
  const holderOf = (one: Linked): string =>
    claimed.get(one.record?.id ?? 0) ??
    holders.get(linkHash(deps, ref, one.crmId ?? ''))?.sourceKey ??
    one.asking.claim.key;
  const isFree = (one: Linked): boolean => one.by === 'judgement' || holderOf(one) === one.asking.claim.key;
  const settled = linked
    .filter((one) => !isFree(one))
    .map((one) => {
      const reason = `matches by ${one.by} a CRM record that another key of this source is linked to`;
      return reviewEntry(one.asking, reason, one.candidate === undefined ? [] : [one.candidate]);
    });
  return { linked: linked.filter(isFree), settled };
}

function linkHash(deps: Deps, ref: BatchRef, crmId: string): bigint {
  return deps.hasher.keyHash(`link ${ref.syncNo} ${crmId}`);
}

/** A create keeps its match keys to itself; whoever wants one of them too waits for the next round. */
async function reserveCreates(deps: Deps, { ref, run }: Scope, creates: readonly Linked[]): Promise<Matched> {
  const hashesOf = new Map(
    creates.map((one) => [
      one,
      matchKeysOf(run.object, one.asking.claim.fields).map((key) => deps.hasher.keyHash(`${key.field} ${key.value}`)),
    ]),
  );
  const wanted = creates.flatMap((one) =>
    (hashesOf.get(one) ?? []).map((keyHash): Reservation => ({ keyHash, sourceKey: one.asking.claim.key })),
  );
  const holders = await reserve(deps.store, { object: run.object.name, runNo: ref.runNo, syncNo: ref.syncNo }, wanted);
  const settled: Entry[] = [];
  const linked = creates.filter((one) => {
    const mine = (hashesOf.get(one) ?? []).every((hash) => {
      const holder = holders.get(hash);
      return holder?.runNo === ref.runNo && holder.sourceKey === one.asking.claim.key;
    });
    if (!mine)
      settled.push(standingEntry(one.asking, 'waiting', 'another record with the same match key is being created'));
    return mine;
  });
  return { linked, settled };
}

function reviewEntry(asking: Asking, reason: string, candidates: readonly Candidate[]): Entry {
  return { ...standingEntry(asking, 'review', reason), candidates };
}

/** An entry that writes nothing. */
export function standingEntry(asking: Asking, outcome: Entry['outcome'], reason: string): Entry {
  return {
    ordinal: asking.ordinal,
    key: asking.claim.key,
    action: 'none',
    outcome,
    reason,
    recordId: asking.stored?.recordId ?? null,
    crmId: null,
    revision: null,
    writes: {},
    agreed: {},
    conflicts: {},
    drift: [],
    previous: null,
  };
}

async function openDestination(deps: Deps, run: RunContext): ReturnType<Deps['destination']> {
  const connection = run.definition.connections[run.object.destination];
  if (connection === undefined) throw new Error(`definition lacks the connection ${run.object.destination}`);
  return deps.destination(connection);
}
