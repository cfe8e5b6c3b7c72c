// Explain: where every value of a CRM record comes from. Read from the claims, the base and the change sets.

import type { Why } from '../domain/claims.ts';
import type { ObjectDefinition } from '../domain/definition.ts';
import { matchKey } from '../domain/field-types.ts';
import type { Fields, Value } from '../domain/values.ts';
import type { Destination } from '../destinations/destination.ts';
import { claimsImage } from '../merge/plan.ts';
import { resolve } from '../merge/resolve.ts';
import type { Queryable } from '../postgres/client.ts';
import { claimsOfRecords, type RecordRow, recordsByCrmId, type StoredClaim } from '../store/claims.ts';
import { holdsOf } from '../store/exceptions.ts';
import { pinsOf, type StoredPin } from '../store/pins.ts';
import { type ClaimPlace, ClaimPlaces, type Locate } from './claim-places.ts';
import { type FieldHistory, historyOf, type History } from './explain-history.ts';

export interface ExplainedClaim {
  readonly sync: string;
  readonly key: string;
  readonly value: Value;
  readonly version: string | null;
  /** When it was first seen. */
  readonly observedAt: string;
  /** What became of the claim: `applied`, `held` … */
  readonly state: string;
  /** Its value is the one that the sources give together. */
  readonly wins: boolean;
  /** Null where nobody can say any more. */
  readonly place: ClaimPlace | null;
}

export interface ExplainedField {
  readonly field: string;
  /** The CRM's value now. */
  readonly now: Value;
  /** What both sides last agreed on; absent when they never did. */
  readonly base?: Value;
  /** What the sources say together; absent when none speaks of the field. */
  readonly resolved?: { readonly value: Value; readonly why: Why };
  /** A person fixed it, and that is in force. */
  readonly pinned?: { readonly by: string; readonly why: string | null; readonly until: string | null };
  /** How the object chooses between sources, and between them and the CRM. */
  readonly policy: { readonly resolve: string; readonly conflict: string };
  /** A value that an undo took back: it is not written as long as the sources say it. */
  readonly held?: Value;
  /** The winner first. */
  readonly claims: readonly ExplainedClaim[];
  /** Newest first; without the whole history, only until the last write of each field. */
  readonly history: readonly FieldHistory[];
}

export interface Explained {
  readonly object: string;
  readonly crmId: string;
  readonly state: string;
  /** An undo took the whole record back, and the sources say the same since. */
  readonly held: boolean;
  /** False where older change sets are not kept any more, or were not looked at. */
  readonly historyWhole: boolean;
  /** Older change sets were removed: see `retention` of the project. */
  readonly historyPruned: boolean;
  readonly fields: readonly ExplainedField[];
}

export interface ExplainPlace {
  readonly db: Queryable;
  readonly object: ObjectDefinition;
  readonly destination: Destination;
  readonly locate: Locate;
}

export interface ExplainQuery {
  /** The CRM id or a strong id. */
  readonly id: string;
  /** Null: all fields. */
  readonly field: string | null;
  /** Everything that was ever written to the fields, not only the last time. */
  readonly history: boolean;
}

/** @returns null when Tributary knows no such record */
export async function explainRecord(place: ExplainPlace, query: ExplainQuery): Promise<Explained | null> {
  const { db, object, destination } = place;
  const record = await findRecord(place, query.id);
  if (record === null) return null;
  const [claims, pins, holds, crm] = await Promise.all([
    claimsOfRecords(db, [record.id]),
    pinsOf(db, [record.id]),
    holdsOf(db, [record.id]),
    destination.read(object, [record.crmId]),
  ]);
  const places = new ClaimPlaces(db, place.locate);
  const fields = query.field === null ? Object.keys(object.fields) : [query.field];
  const history = await historyOf(db, record, { fields, all: query.history, places });
  const known: Known = {
    object,
    record,
    now: crm.get(record.crmId) ?? {},
    resolved: resolve(object, claims, { pins, asOf: Date.now() }),
    claims: await Promise.all(claims.map(async (claim) => ({ claim, place: await places.of(claim) }))),
    pins: new Map(pins.map((pin) => [pin.field, pin])),
    holds: new Map(holds.map((hold) => [hold.field, hold.value])),
    history,
  };
  return {
    object: object.name,
    crmId: record.crmId,
    state: crm.has(record.crmId) ? record.state : 'gone from the CRM',
    held: known.holds.get('*') === claimsImage(claims),
    historyWhole: history.cut === null,
    historyPruned: history.cut === 'pruned',
    fields: fields.map((field) => explainField(field, known)),
  };
}

async function findRecord({ db, object, destination }: ExplainPlace, id: string): Promise<RecordRow | null> {
  const direct = (await recordsByCrmId(db, object.name, [id])).get(id);
  if (direct !== undefined) return direct;
  for (const [field, { strong, type }] of Object.entries(object.fields)) {
    const key = strong ? matchKey(type, id) : null;
    if (key === null) continue;
    const [hit] = await destination.find(object, field, [key]);
    const record = hit === undefined ? undefined : (await recordsByCrmId(db, object.name, [hit.crmId])).get(hit.crmId);
    if (record !== undefined) return record;
  }
  return null;
}

interface Known {
  readonly object: ObjectDefinition;
  readonly record: RecordRow;
  readonly claims: readonly { readonly claim: StoredClaim; readonly place: ClaimPlace | null }[];
  readonly now: Fields;
  readonly resolved: ReturnType<typeof resolve>;
  /** By field; also those that have expired, and that no run has ended yet. */
  readonly pins: ReadonlyMap<string, StoredPin>;
  /** Canonical JSON by field. */
  readonly holds: ReadonlyMap<string, string>;
  readonly history: History;
}

function explainField(field: string, known: Known): ExplainedField {
  const { object, record, now, resolved, holds, history } = known;
  const base = record.base[field];
  const one = resolved[field];
  const held = holds.get(field);
  return {
    field,
    now: now[field] ?? null,
    ...(base === undefined ? {} : { base }),
    ...(one === undefined ? {} : { resolved: { value: one.value, why: one.why } }),
    ...(one?.why.rule === 'pin' ? pinnedBy(known.pins.get(field)) : {}),
    policy: policyOf(object, field),
    ...(held === undefined ? {} : { held: JSON.parse(held) as Value }), // written by us
    claims: claimsOn(field, known),
    history: history.fields.get(field) ?? [],
  };
}

function pinnedBy(pin: StoredPin | undefined): Pick<ExplainedField, 'pinned'> {
  if (pin === undefined) return {};
  const { by, why, expiresAt } = pin;
  return { pinned: { by, why, until: expiresAt === null ? null : new Date(expiresAt).toISOString() } };
}

function claimsOn(field: string, { claims, resolved }: Known): readonly ExplainedClaim[] {
  const why = resolved[field]?.why;
  const saying = claims.filter(({ claim }) => claim.fields[field] !== undefined && claim.operation === 'upsert');
  return saying
    .map(({ claim, place }) => ({
      sync: claim.sync,
      key: claim.key,
      value: claim.fields[field] ?? null,
      version: claim.version.source,
      observedAt: new Date(claim.observedAt).toISOString(),
      state: claim.state,
      wins: why?.sync === claim.sync && why.key === claim.key,
      place,
    }))
    .toSorted((a, b) => Number(b.wins) - Number(a.wins));
}

function policyOf({ fields, groups }: ObjectDefinition, field: string): ExplainedField['policy'] {
  const definition = fields[field];
  if (definition === undefined) return { resolve: '', conflict: '' };
  const { resolve: strategy, conflict } = definition;
  const rule = strategy.kind === 'rank' ? `rank: ${strategy.sources.join(', ')}` : strategy.kind;
  const group = Object.entries(groups).find(([, members]) => members.includes(field))?.[0];
  return { resolve: group === undefined ? rule : `${rule}, as part of ${group}`, conflict };
}
