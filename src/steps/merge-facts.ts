// Everything that planning a batch's entries needs to know, read at once: related claims, pins, holds, the CRM's values,
// referenced records.

import type { Candidate, SourcedClaim } from '../domain/claims.ts';
import { groupBy } from '../domain/collections.ts';
import type { ObjectDefinition } from '../domain/definition.ts';
import { matchKey } from '../domain/field-types.ts';
import type { Fields } from '../domain/values.ts';
import type { PlanInput } from '../merge/plan.ts';
import { claimsOfRecords, type RecordRow, type StoredClaim } from '../store/claims.ts';
import { holdsOf } from '../store/exceptions.ts';
import { type GateHold, gateHoldsOf } from '../store/held.ts';
import { pinsOf } from '../store/pins.ts';
import type { BatchRef, Deps } from './deps.ts';
import { endedValuesOf } from './ended-values.ts';
import type { Asking } from './merge.ts';
import type { RunContext } from './run-context.ts';

/** A claim and the CRM record it means; no id yet for a create. */
export interface Linked {
  readonly asking: Asking;
  readonly crmId: string | null;
  readonly record: RecordRow | null;
  /** What linked them: `crosswalk`, a match key, `create`. */
  readonly by: string;
  /** The evidence, where a match key linked them. */
  readonly candidate?: Candidate;
  /** A create: CRM records that a person has told apart from it. */
  readonly apart?: readonly string[];
  /** The record it was linked to, where somebody has merged that into this one. */
  readonly left?: RecordRow;
}

export interface MergeFacts {
  /** @param group all claims of the batch on the same record */
  inputFor(lead: Linked, group: readonly Linked[], repair?: boolean): PlanInput;
}

type FactsDeps = Pick<Deps, 'store' | 'destination'>;
type Scope = Pick<RunContext, 'definition' | 'object'>;

interface Gathering {
  readonly ref: Pick<BatchRef, 'syncNo'>;
  readonly run: Scope;
  /** When pins are to be in force: a fixed moment for each run, so that a retry plans the same. */
  readonly asOf: number;
}

export async function gatherFacts(
  deps: FactsDeps,
  { ref, run, asOf }: Gathering,
  linked: readonly Linked[],
): Promise<MergeFacts> {
  const { pool } = deps.store;
  const { object } = run;
  const recordIds = [...new Set(linked.flatMap(({ record, left }) => [record?.id ?? [], left?.id ?? []].flat()))];
  const crmIds = [...new Set(linked.flatMap((one) => (one.crmId === null ? [] : [one.crmId])))];
  const destination = await deps.destination(connectionOf(run, object));
  const [claims, pins, holds, refused, ended, crm] = await Promise.all([
    claimsOfRecords(pool, recordIds),
    pinsOf(pool, recordIds),
    holdsOf(pool, recordIds),
    gateHoldsOf(pool, recordIds),
    endedValuesOf(
      pool,
      linked.flatMap(({ record }) => record ?? []),
    ),
    destination.read(object, crmIds),
  ]);
  const relatedByRecord = groupBy(claims, (claim) => claim.recordId ?? 0);
  const pinsByRecord = groupBy(pins, (pin) => pin.recordId);
  const holdsByRecord = groupBy(holds, (hold) => hold.recordId);
  const refusedByRecord = groupBy(refused, (hold) => hold.recordId);
  const asked = new Map(linked.map((one) => [one.asking, sourced(run, one.asking)]));
  const claimOf = (asking: Asking): SourcedClaim => asked.get(asking) ?? sourced(run, asking);
  const references = await findReferences(deps, run, [
    ...claims,
    ...asked.values(),
    ...pins.map(({ field, value }) => ({ fields: { [field]: value } })),
  ]);
  return {
    inputFor: (lead, group, repair = false) => {
      const recordId = lead.record?.id ?? 0;
      const own = group.map((one) => claimOf(one.asking));
      const ownKeys = new Set(own.map((claim) => claim.key));
      const isOwn = ({ syncNo, key }: Pick<StoredClaim, 'syncNo' | 'key'>): boolean =>
        syncNo === ref.syncNo && ownKeys.has(key);
      const others = relatedTo(lead, group, relatedByRecord).filter((claim) => !isOwn(claim));
      const held = holdsByRecord.get(recordId);
      const said = refusedByRecord.get(recordId);
      return {
        object,
        ordinal: lead.asking.ordinal,
        claim: claimOf(lead.asking),
        claims: others.length === 0 ? own : [...others.map(plain), ...own],
        pinned: { pins: pinsByRecord.get(recordId) ?? [], asOf },
        holds: held === undefined ? NONE : Object.fromEntries(held.map(({ field, value }) => [field, value])),
        refused: said === undefined ? NONE : valuesByField(said.filter((hold) => !isOwn(hold))),
        record: lead.record,
        ...endedOf(ended.get(recordId)),
        crmId: lead.crmId,
        crm: lead.crmId === null ? null : (crm.get(lead.crmId) ?? null),
        references: (field, value) => references.get(field)?.get(referenceKey(run, field, value)) ?? [],
        repair,
      };
    },
  };
}

const NONE = {};

/** Stored claims of the record, and of those that were merged into it. */
function relatedTo(
  lead: Linked,
  group: readonly Linked[],
  byRecord: ReadonlyMap<number, readonly StoredClaim[]>,
): readonly StoredClaim[] {
  const own = byRecord.get(lead.record?.id ?? 0) ?? [];
  const left = new Set(group.flatMap((one) => one.left?.id ?? []));
  left.delete(lead.record?.id ?? 0);
  return left.size === 0 ? own : [...own, ...[...left].flatMap((id) => byRecord.get(id) ?? [])];
}

function endedOf(ended: Fields | undefined): Pick<PlanInput, 'ended'> {
  return ended === undefined ? {} : { ended };
}

function valuesByField(holds: readonly GateHold[]): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    [...groupBy(holds, ({ field }) => field)].map(([field, some]) => [field, some.map(({ value }) => value)]),
  );
}

function sourced(run: Scope, { claim }: Asking): SourcedClaim {
  const { sync } = run.definition;
  return { ...claim, sync: sync.sync, source: sync.stream.connection };
}

/** Without the store's columns: what is planned must not depend on them. */
function plain(claim: StoredClaim): SourcedClaim {
  const { key, version, operation, fields, observedAt, sync, source } = claim;
  return { key, version, operation, fields, observedAt, sync, source };
}

type References = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;

/** CRM ids of every record that some claim or pin refers to, by field and normalised value. */
async function findReferences(
  deps: FactsDeps,
  run: Scope,
  claims: readonly Pick<SourcedClaim, 'fields'>[],
): Promise<References> {
  const found = new Map<string, Map<string, string[]>>();
  for (const [field, { reference }] of Object.entries(run.object.fields)) {
    const target = reference === undefined ? undefined : run.definition.objects[reference.object];
    if (reference === undefined || target === undefined) continue;
    const values = claims.flatMap((claim) =>
      typeof claim.fields[field] === 'string' ? [referenceKey(run, field, claim.fields[field])] : [],
    );
    const destination = await deps.destination(connectionOf(run, target));
    const rows = await destination.find(target, reference.by, [...new Set(values)]);
    const ids = new Map<string, string[]>();
    for (const row of rows) {
      const key = referenceKey(run, field, row.value);
      ids.set(key, [...(ids.get(key) ?? []), row.crmId]);
    }
    found.set(field, ids);
  }
  return found;
}

function referenceKey(run: Scope, field: string, value: string): string {
  const reference = run.object.fields[field]?.reference;
  const type =
    reference === undefined ? undefined : run.definition.objects[reference.object]?.fields[reference.by]?.type;
  return matchKey(type ?? 'text', value) ?? value;
}

export function connectionOf(run: Scope, object: ObjectDefinition): RunContext['definition']['connections'][string] {
  const connection = run.definition.connections[object.destination];
  if (connection === undefined) throw new Error(`definition lacks the connection ${object.destination}`);
  return connection;
}
