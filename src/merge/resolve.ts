// Survivorship: what all claims on one record say together, field by field. Pure in its arguments.

import type { Pin, SourcedClaim, Why } from '../domain/claims.ts';
import type { FieldDefinition, ObjectDefinition } from '../domain/definition.ts';
import { compareValues } from '../domain/field-types.ts';
import { instantOf } from '../domain/versions.ts';
import { compareVersions, isEmpty, isList, type Value } from '../domain/values.ts';

export interface Resolved {
  readonly value: Value;
  readonly why: Why;
  readonly claim: SourcedClaim | null;
}

/** How far a source's clock may run ahead of ours before its stamps are capped. */
const CLOCK_SKEW_MS = 5 * 60_000;

/** What stewards fixed, and the moment at which their pins are to be in force (ms since 1970). */
export interface Pinned {
  readonly pins: readonly Pin[];
  readonly asOf: number;
}

export const NO_PINS: Pinned = { pins: [], asOf: 0 };

/**
 * Resolves every field that some live claim or pin speaks of. A field that is missing from the result is one that
 * nobody says anything about: the CRM's value stays.
 *
 * Order, repetition and replay of claims do not change the result: ties are broken by rank, version and source key, a
 * total order. Groups survive as a unit: all fields of a group come from the claim that wins the group. Who may not
 * speak of a field is not heard; a pin wins over everybody.
 */
export function resolve(
  object: ObjectDefinition,
  claims: readonly SourcedClaim[],
  { pins, asOf }: Pinned,
): Readonly<Record<string, Resolved>> {
  const live: SourcedClaim[] = [];
  for (const claim of claims) if (claim.operation === 'upsert') live.push(allowed(object, claim));
  const resolved: Record<string, Resolved> = {};
  const { groups, single } = shapeOf(object);
  for (const group of groups) Object.assign(resolved, resolveGroup(object, group, live));
  for (const { field, definition } of single) assign(resolved, field, resolveField(field, definition, live));
  for (const { field, value, expiresAt } of pins) {
    if (object.fields[field] === undefined || (expiresAt !== null && expiresAt <= asOf)) continue;
    resolved[field] = { value, why: { sync: null, key: null, rule: 'pin' }, claim: null };
  }
  return resolved;
}

interface Shape {
  readonly groups: readonly { readonly group: string; readonly fields: readonly string[] }[];
  /** Fields of no group. */
  readonly single: readonly { readonly field: string; readonly definition: FieldDefinition }[];
}

const shapes = new WeakMap<ObjectDefinition, Shape>();

/** Looked at once for each object, not for each record. */
function shapeOf(object: ObjectDefinition): Shape {
  const known = shapes.get(object);
  if (known !== undefined) return known;
  const groups = Object.entries(object.groups).map(([group, fields]) => ({ group, fields }));
  const grouped = new Set(groups.flatMap(({ fields }) => fields));
  const single = Object.entries(object.fields).flatMap(([field, definition]) =>
    grouped.has(field) ? [] : [{ field, definition }],
  );
  const shape = { groups, single };
  shapes.set(object, shape);
  return shape;
}

/** The claim without the fields that its source may not speak of; most objects let every source speak of all. */
function allowed(object: ObjectDefinition, claim: SourcedClaim): SourcedClaim {
  let barred: Set<string> | undefined;
  for (const field in claim.fields) {
    const sources = object.fields[field]?.sources;
    if (sources !== undefined && !sources.includes(claim.source) && !sources.includes(claim.sync))
      barred = (barred ?? new Set()).add(field);
  }
  if (barred === undefined) return claim;
  const out = barred;
  const fields = Object.fromEntries(Object.entries(claim.fields).filter(([field]) => !out.has(field)));
  return { ...claim, fields };
}

function assign(into: Record<string, Resolved>, field: string, value: Resolved | null): void {
  if (value !== null) into[field] = value;
}

/**
 * The claim with the best say on the group's first field gives all of them; one with a value outranks explicit nulls.
 * What it leaves out, while another claim has a value for it, is empty: parts of two claims never mix.
 */
function resolveGroup(
  object: ObjectDefinition,
  { group, fields }: { readonly group: string; readonly fields: readonly string[] },
  claims: readonly SourcedClaim[],
): Readonly<Record<string, Resolved>> {
  const speaking = claims.filter((claim) => fields.some((field) => claim.fields[field] !== undefined));
  const filled = speaking.filter((claim) => fields.some((field) => !isEmpty(claim.fields[field])));
  const lead = object.fields[fields[0] ?? ''];
  const ranked = filled.length > 0 ? filled : speaking;
  const winner = lead === undefined ? undefined : ranked.toSorted(bySay(lead))[0];
  const resolved: Record<string, Resolved> = {};
  if (winner === undefined) return resolved;
  for (const field of fields) {
    const own = winner.fields[field];
    if (own === undefined && filled.every((claim) => isEmpty(claim.fields[field]))) continue;
    const value = own ?? null;
    resolved[field] = { value, why: { sync: winner.sync, key: winner.key, rule: `group ${group}` }, claim: winner };
  }
  return resolved;
}

function resolveField(field: string, definition: FieldDefinition, claims: readonly SourcedClaim[]): Resolved | null {
  const [only, second] = claims;
  // Most records have one claim: nobody's say has to be compared.
  if (only !== undefined && second === undefined && definition.resolve.kind !== 'union')
    return only.fields[field] === undefined ? null : chosen(field, only, definition.resolve.kind);
  const speaking = claims.filter((claim) => claim.fields[field] !== undefined);
  const filled = speaking.filter((claim) => !isEmpty(claim.fields[field]));
  const { kind } = definition.resolve;
  if (kind === 'union' && filled.length > 0) return union(field, filled.toSorted(bySay(definition)));
  if ((kind === 'min' || kind === 'max') && filled.length > 0) return extreme(field, definition, filled);
  // A value beats an explicit null, whoever says it: null only wins when nobody has a value.
  const winner = (filled.length > 0 ? filled : speaking).toSorted(bySay(definition))[0];
  return winner === undefined ? null : chosen(field, winner, kind);
}

function chosen(field: string, claim: SourcedClaim, rule: string): Resolved {
  return { value: claim.fields[field] ?? null, why: { sync: claim.sync, key: claim.key, rule }, claim };
}

function union(field: string, claims: readonly SourcedClaim[]): Resolved | null {
  const [first] = claims;
  if (first === undefined) return null;
  const all = claims.flatMap((claim) => {
    const value = claim.fields[field] ?? null;
    return isList(value) ? value : [value];
  });
  const distinct = [...new Map(all.map((value) => [JSON.stringify(value), value])).entries()];
  const sorted = distinct.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
  return { value: sorted, why: { sync: first.sync, key: first.key, rule: 'union' }, claim: first };
}

function extreme(field: string, definition: FieldDefinition, claims: readonly SourcedClaim[]): Resolved | null {
  const sign = definition.resolve.kind === 'min' ? 1 : -1;
  const byValue = (a: SourcedClaim, b: SourcedClaim): number =>
    sign * compareValues(definition.type, a.fields[field] ?? null, b.fields[field] ?? null);
  const winner = claims.toSorted((a, b) => byValue(a, b) || bySay(definition)(a, b))[0];
  return winner === undefined ? null : chosen(field, winner, definition.resolve.kind);
}

/** Who has the say: by rank where the field ranks its sources, then the most recent, then a fixed order. */
function bySay(definition: FieldDefinition): (a: SourcedClaim, b: SourcedClaim) => number {
  const { resolve: strategy } = definition;
  const rank = (claim: SourcedClaim): number => {
    if (strategy.kind !== 'rank') return 0;
    const place = strategy.sources.findIndex((name) => name === claim.sync || name === claim.source);
    return place === -1 ? strategy.sources.length : place;
  };
  return (a, b) => rank(a) - rank(b) || recencyOf(b) - recencyOf(a) || compareWithin(b, a) || identityOrder(a, b);
}

/** Claims of one sync by version; those without a source version first, so that a mixture has an order too. */
function compareWithin(a: SourcedClaim, b: SourcedClaim): number {
  if (a.sync !== b.sync) return 0;
  return Number(a.version.source !== null) - Number(b.version.source !== null) || compareVersions(a.version, b.version);
}

function identityOrder(a: SourcedClaim, b: SourcedClaim): number {
  const left = `${a.sync}\u0000${a.key}`;
  const right = `${b.sync}\u0000${b.key}`;
  return left < right ? -1 : left > right ? 1 : 0;
}

/**
 * When the source says the claim was made, in ms; when we first saw it where the source's version is no date. A stamp
 * from the future is capped at the time it was observed, so that one wrong clock does not win for ever.
 */
export function recencyOf(claim: Pick<SourcedClaim, 'version' | 'observedAt'>): number {
  const { source } = claim.version;
  const stamp = source === null ? null : instantOf(source);
  if (stamp === null) return claim.observedAt;
  return Math.min(stamp.ms + Number(`0.${stamp.fraction}`) * 1000, claim.observedAt + CLOCK_SKEW_MS);
}
