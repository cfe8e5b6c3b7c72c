// One claim's entry: resolve all claims on its record, compare three ways with the CRM, plan the writes. Pure.

import type { ChangeRef, Entry, FieldConflict, FieldWrite, SourcedClaim, Why } from '../domain/claims.ts';
import type { ObjectDefinition } from '../domain/definition.ts';
import { type Fields, isEmpty, type Value } from '../domain/values.ts';
import { instantOf } from '../domain/versions.ts';
import { type Pinned, recencyOf, type Resolved, resolve } from './resolve.ts';
import { revived } from './revive.ts';
import { HELD_BY_UNDO, HELD_VALUES } from './standing.ts';
import { mayRepair, threeWay } from './three-way.ts';

/** The golden record as the store knows it. */
export interface KnownRecord {
  readonly id: number;
  readonly state: 'live' | 'deactivated' | 'deleted' | 'suppressed' | 'merged';
  readonly revision: number;
  readonly base: Fields;
  readonly change: ChangeRef | null;
}

export interface PlanInput {
  readonly object: ObjectDefinition;
  readonly ordinal: number;
  /** The claim that asks. */
  readonly claim: SourcedClaim;
  /** All claims on the record, the asking one included. */
  readonly claims: readonly SourcedClaim[];
  readonly pinned: Pinned;
  /** Canonical JSON by field of values that are not to be proposed; `*` for the whole claim. */
  readonly holds: Readonly<Record<string, string>>;
  /** JSON by field of values that were not approved, of other claims than the asking ones. */
  readonly refused?: Readonly<Record<string, readonly string[]>>;
  readonly record: KnownRecord | null;
  /** What a deactivated record held before that, in the fields that mark it. */
  readonly ended?: Fields;
  readonly crmId: string | null;
  /** The CRM record now, by field; null when there is none. */
  readonly crm: Fields | null;
  /** What only the CRM has changed is put right, where the field's policy gives the sources the say. */
  readonly repair?: boolean;
  /** CRM ids of a referenced record, by field and claimed value. */
  readonly references: (field: string, value: string) => readonly string[];
}

/** What all live claims on a record look like to a hold on `*`: the same until one of them says something else. */
export function claimsImage(claims: readonly SourcedClaim[]): string {
  const live = claims.filter((claim) => claim.operation === 'upsert');
  const images = live.map(({ sync, key, fields }) => [
    sync,
    key,
    Object.entries(fields).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  ]);
  return JSON.stringify(images.map((image) => JSON.stringify(image)).toSorted());
}

/** Called for every record: objects are made whole, once. */
export function planEntry(input: PlanInput): Entry {
  const { object, claims, record, crm, holds } = input;
  if (holds['*'] !== undefined && holds['*'] === claimsImage(claims)) return idle(input, 'held', HELD_BY_UNDO);
  const live = claims.some((one) => one.operation === 'upsert');
  if (!live) return planEnd(input);
  const gone = crm === null && input.crmId !== null && record !== null;
  const ours = record?.state === 'deleted' || record?.state === 'suppressed';
  if (gone && !ours && object.gone !== 'recreate') {
    return object.gone === 'accept'
      ? idle(input, 'no_change', 'the record was deleted in the CRM, and stays so')
      : idle(input, 'review', 'the record was deleted in the CRM');
  }
  const spoken = resolve(object, claims, input.pinned);
  const cleared = withdrawn(input);
  const linked = linkReferences(input, cleared === null ? spoken : { ...cleared, ...spoken });
  if ('review' in linked) return idle(input, 'review', linked.review);
  const { missing } = linked;
  if (missing?.waits === true) return waiting(idle(input, 'waiting'), missing);
  const planned =
    crm === null ? planCreate(input, linked.resolved) : planUpdate(input, alive(input, linked.resolved, crm), crm);
  return missing === undefined ? planned : waiting(planned, missing);
}

/** What is written is written; the claim is merged again as long as its reference is missing. */
function waiting(planned: Entry, { field, reason }: Missing): Entry {
  const settled = planned.outcome !== 'review' && planned.outcome !== 'parked' && planned.outcome !== 'held';
  return settled ? { ...planned, outcome: 'waiting', reason, missing: field } : planned;
}

function alive(
  { object, record, ended }: PlanInput,
  resolved: Readonly<Record<string, Resolved>>,
  crm: Fields,
): Readonly<Record<string, Resolved>> {
  if (record?.state !== 'deactivated' || ended === undefined) return resolved;
  return { ...resolved, ...revived(object, { resolved, crm, ended }) };
}

function idle(input: PlanInput, outcome: Entry['outcome'], reason?: string): Entry {
  const { ordinal, claim, record, crmId } = input;
  const entry: Entry = {
    ordinal,
    key: claim.key,
    action: 'none',
    outcome,
    recordId: record?.id ?? null,
    crmId,
    revision: record?.revision ?? null,
    writes: {},
    agreed: {},
    conflicts: {},
    drift: [],
    previous: record?.change ?? null,
  };
  return reason === undefined ? entry : { ...entry, reason };
}

/** What sources once said, and nobody does any more: emptied, where the field wants that. */
function withdrawn({ object, record }: PlanInput): Readonly<Record<string, Resolved>> | null {
  let cleared: Record<string, Resolved> | null = null;
  for (const field in record?.base) {
    if (object.fields[field]?.clears === true && !isEmpty(record.base[field]))
      (cleared ??= {})[field] = { value: null, why: WITHDRAWN, claim: null };
  }
  return cleared;
}

const WITHDRAWN: Why = { sync: null, key: null, rule: 'withdrawn' };

interface Missing {
  readonly field: string;
  readonly reason: string;
  /** The whole record waits. */
  readonly waits: boolean;
}

type Linked =
  { readonly resolved: Readonly<Record<string, Resolved>>; readonly missing?: Missing } | { readonly review: string };

/** Replaces claimed reference values by the CRM ids they mean. */
function linkReferences(input: PlanInput, resolved: Readonly<Record<string, Resolved>>): Linked {
  if (!refers(input.object)) return { resolved };
  const linked: Record<string, Resolved> = { ...resolved };
  let missing: Missing | undefined;
  for (const [field, definition] of Object.entries(input.object.fields)) {
    const one = resolved[field];
    if (definition.reference === undefined || one === undefined || typeof one.value !== 'string') continue;
    const ids = input.references(field, one.value);
    const { object, by, missing: policy } = definition.reference;
    if (ids.length > 1) return { review: `${ids.length} CRM records of ${object} have this ${by} (${field})` };
    if (ids[0] !== undefined) {
      linked[field] = { ...one, value: ids[0] };
      continue;
    }
    delete linked[field];
    const waits = policy !== 'omit' || (definition.required && input.crm === null);
    if (missing?.waits !== true) missing = { field, waits, reason: `no ${object} with this ${by} yet (${field})` };
  }
  return missing === undefined ? { resolved: linked } : { resolved: linked, missing };
}

function refers({ fields }: PlanInput['object']): boolean {
  for (const field in fields) if (fields[field]?.reference !== undefined) return true;
  return false;
}

function planCreate(input: PlanInput, resolved: Readonly<Record<string, Resolved>>): Entry {
  const writes: Record<string, FieldWrite> = {};
  for (const field in resolved) {
    const one = resolved[field];
    if (one !== undefined && !isEmpty(one.value)) writes[field] = { before: null, after: one.value, why: one.why };
  }
  const { fields } = input.object;
  for (const field in fields) {
    if (fields[field]?.required === true && writes[field] === undefined)
      return idle(input, 'parked', `a new ${input.object.name} needs ${field}`);
  }
  // What we deleted comes back as the record that it was; what others deleted does not.
  const ours = input.record?.state === 'deleted' || input.record?.state === 'suppressed';
  return { ...idle(input, 'applied'), action: 'create', writes, crmId: ours ? input.crmId : null };
}

/** What comparing a record's fields finds. */
interface Found {
  readonly writes: Record<string, FieldWrite>;
  readonly agreed: Record<string, { value: Value; base?: Value }>;
  readonly conflicts: Record<string, FieldConflict>;
  readonly drift: string[];
  review: boolean;
  held: boolean;
  wrote: boolean;
}

function planUpdate(input: PlanInput, resolved: Readonly<Record<string, Resolved>>, crm: Fields): Entry {
  const found: Found = { writes: {}, agreed: {}, conflicts: {}, drift: [], review: false, held: false, wrote: false };
  const guarded = isAnyHeld(input);
  for (const field in resolved) {
    const one = resolved[field];
    if (one === undefined || input.object.fields[field] === undefined) continue;
    if (guarded && isHeld(input, field, JSON.stringify(one.value))) found.held = true;
    else compareField(input, { field, one, crm }, found);
  }
  const { writes, agreed, conflicts, drift, wrote } = found;
  const outcome = outcomeOf(found);
  const entry = idle(input, outcome, outcome === 'held' ? HELD_VALUES : undefined);
  return { ...entry, action: wrote ? 'update' : 'none', writes, agreed, conflicts, drift };
}

function compareField(
  input: PlanInput,
  { field, one, crm }: { readonly field: string; readonly one: Resolved; readonly crm: Fields },
  found: Found,
): void {
  const base = input.record?.base[field];
  const now = crm[field] ?? null;
  // A pin is a person's word already.
  const policy = one.why.rule === 'pin' ? 'source' : (input.object.fields[field]?.conflict ?? 'source');
  const newer = policy === 'most_recent' ? newerOf(input, one, crm) : undefined;
  const verdict = threeWay({ base, source: one.value, crm: now, newer }, policy);
  if (verdict.do === 'drift') {
    if (input.repair !== true || !mayRepair(policy, now)) found.drift.push(field);
    else addWrite(found, { field, base, before: now, one }, 'repair');
  }
  if (verdict.do === 'agree') found.agreed[field] = base === undefined ? { value: now } : { base, value: now };
  if (verdict.do !== 'write' && verdict.do !== 'keep') return;
  const kept = verdict.do === 'write' ? 'source' : 'crm';
  if (verdict.conflict) found.conflicts[field] = { crm: now, source: one.value, kept, policy };
  if (verdict.do === 'keep') found.review ||= verdict.review;
  else addWrite(found, { field, base, before: now, one }, verdict.conflict ? policy : undefined);
}

/** @param policy what let it win over the CRM's value */
function addWrite(
  found: Found,
  write: { readonly field: string; readonly base: Value | undefined; readonly before: Value; readonly one: Resolved },
  policy: string | undefined,
): void {
  const { field, base, before, one } = write;
  const after = one.value;
  const why = policy === undefined ? one.why : { ...one.why, policy };
  found.writes[field] = base === undefined ? { before, after, why } : { base, before, after, why };
  found.wrote = true;
}

function isAnyHeld({ holds, refused }: PlanInput): boolean {
  for (const _field in holds) return true;
  for (const _field in refused) return true;
  return false;
}

/** An undo took this value back, or the gate said no to it. */
export function isHeld({ holds, refused }: PlanInput, field: string, value: string): boolean {
  return holds[field] === value || refused?.[field]?.includes(value) === true;
}

/** Who spoke last: the winning claim, or whoever modified the CRM record. Nothing where that is not known. */
function newerOf({ object }: PlanInput, { claim }: Resolved, crm: Fields): 'source' | 'crm' | undefined {
  const modified = object.modified === undefined ? undefined : crm[object.modified];
  const at = typeof modified === 'string' ? instantOf(modified) : null;
  if (at === null || claim === null) return undefined;
  return recencyOf(claim) > at.ms + Number(`0.${at.fraction}`) * 1000 ? 'source' : 'crm';
}

function outcomeOf({ wrote, conflicts, review, held }: Found): Entry['outcome'] {
  if (review) return 'review';
  if (wrote) return 'applied';
  if (held) return 'held';
  for (const field in conflicts) if (conflicts[field]?.kept === 'crm') return 'conflict';
  return 'no_change';
}

/** No live claim remains: the record ends, as the object says. While a source is only silent about it, it does not. */
function planEnd(input: PlanInput): Entry {
  const { object, crm, record, claims } = input;
  if (claims.some((claim) => claim.operation === 'detach')) return idle(input, 'no_change', DETACHED);
  const ended = record === null || record.state !== 'live' || crm === null;
  if (ended || object.deletes === 'none') return idle(input, ended ? 'no_change' : 'applied');
  const why = { sync: input.claim.sync, key: input.claim.key, rule: object.deletes };
  if (object.deletes === 'delete' || object.deletes === 'archive') {
    const writes = Object.fromEntries(
      Object.entries(crm).map(([field, value]) => [
        field,
        withBase(record.base, field, { before: value, after: null, why }),
      ]),
    );
    return { ...idle(input, 'applied'), action: 'delete', writes };
  }
  const writes: Record<string, FieldWrite> = {};
  for (const [field, after] of Object.entries(object.deactivated)) {
    writes[field] = withBase(record.base, field, { before: crm[field] ?? null, after, why });
  }
  return { ...idle(input, 'applied'), action: 'deactivate', writes };
}

const DETACHED = 'the source says nothing of the record any more; that ends nothing';

function withBase(base: Fields, field: string, write: FieldWrite): FieldWrite {
  const known = base[field];
  return known === undefined ? write : { ...write, base: known };
}
