// Explain: where every value of a CRM record comes from. Read from the claims, the base and the change sets.

import type { ChangeRef, Why } from '../domain/claims.ts';
import type { ObjectDefinition } from '../domain/definition.ts';
import { matchKey } from '../domain/field-types.ts';
import type { Fields, Value } from '../domain/values.ts';
import type { Destination } from '../destinations/destination.ts';
import { resolve } from '../merge/resolve.ts';
import type { Queryable } from '../postgres/client.ts';
import { loadChangeSet } from '../store/batches.ts';
import { claimsOfRecords, type RecordRow, recordsByCrmId, type StoredClaim } from '../store/claims.ts';
import { pinsOf } from '../store/exceptions.ts';
import { findRun } from '../store/runs.ts';

export interface FieldHistory {
  readonly run: string;
  readonly at: string;
  readonly before: Value;
  readonly after: Value;
  readonly why: Why;
}

export interface ExplainedField {
  readonly field: string;
  /** The CRM's value now. */
  readonly now: Value;
  /** What both sides last agreed on; absent when they never did. */
  readonly base?: Value;
  /** What the sources say together; absent when none speaks of the field. */
  readonly resolved?: { readonly value: Value; readonly why: Why };
  readonly claims: readonly {
    readonly sync: string;
    readonly key: string;
    readonly value: Value;
    readonly version: string | null;
  }[];
  /** Newest first. */
  readonly history: readonly FieldHistory[];
}

export interface Explained {
  readonly object: string;
  readonly crmId: string;
  readonly state: string;
  readonly fields: readonly ExplainedField[];
}

interface Place {
  readonly db: Queryable;
  readonly object: ObjectDefinition;
  readonly destination: Destination;
}

const MAX_HISTORY = 50;

/**
 * Explains a record, found by its CRM id or a strong id.
 *
 * @returns null when Tributary knows no such record
 */
export async function explainRecord({ db, object, destination }: Place, id: string): Promise<Explained | null> {
  const found = await findRecord({ db, object, destination }, id);
  if (found === null) return null;
  const { record } = found;
  const [claims, pins, crm] = await Promise.all([
    claimsOfRecords(db, [record.id]),
    pinsOf(db, [record.id]),
    destination.read(object, [record.crmId]),
  ]);
  const now = crm.get(record.crmId) ?? {};
  const resolved = resolve(object, claims, Object.fromEntries(pins.map((pin) => [pin.field, pin.value])));
  const history = await historyOf(db, record);
  const fields = Object.keys(object.fields).map((field) =>
    explainField(field, { record, claims, now, resolved, history }),
  );
  return {
    object: object.name,
    crmId: record.crmId,
    state: crm.has(record.crmId) ? record.state : 'gone from the CRM',
    fields,
  };
}

async function findRecord(
  { db, object, destination }: Place,
  id: string,
): Promise<{ readonly record: RecordRow } | null> {
  const direct = (await recordsByCrmId(db, object.name, [id])).get(id);
  if (direct !== undefined) return { record: direct };
  for (const [field, { strong, type }] of Object.entries(object.fields)) {
    const key = strong ? matchKey(type, id) : null;
    if (key === null) continue;
    const [hit] = await destination.find(object, field, [key]);
    const record = hit === undefined ? undefined : (await recordsByCrmId(db, object.name, [hit.crmId])).get(hit.crmId);
    if (record !== undefined) return { record };
  }
  return null;
}

interface Known {
  readonly record: RecordRow;
  readonly claims: readonly StoredClaim[];
  readonly now: Fields;
  readonly resolved: ReturnType<typeof resolve>;
  readonly history: ReadonlyMap<string, readonly FieldHistory[]>;
}

function explainField(field: string, { record, claims, now, resolved, history }: Known): ExplainedField {
  const base = record.base[field];
  const one = resolved[field];
  const saying = claims.filter((claim) => claim.fields[field] !== undefined && claim.operation === 'upsert');
  return {
    field,
    now: now[field] ?? null,
    ...(base === undefined ? {} : { base }),
    ...(one === undefined ? {} : { resolved: { value: one.value, why: one.why } }),
    claims: saying.map(({ sync, key, fields, version }) => ({
      sync,
      key,
      value: fields[field] ?? null,
      version: version.source,
    })),
    history: history.get(field) ?? [],
  };
}

/** Follows the record's change sets from the newest to the oldest that is still kept. */
async function historyOf(db: Queryable, record: RecordRow): Promise<ReadonlyMap<string, readonly FieldHistory[]>> {
  const fields = new Map<string, FieldHistory[]>();
  let at: ChangeRef | null = record.change;
  for (let steps = 0; at !== null && steps < MAX_HISTORY; steps++) {
    const { run: runNo, round, batch: n }: ChangeRef = at;
    const [stored, run] = await Promise.all([loadChangeSet(db, { runNo, round, n }), findRun(db, { no: runNo })]);
    const ordinal = stored?.outcomes.find(
      (outcome) => outcome.crmId === record.crmId && outcome.action !== 'none',
    )?.ordinal;
    const entry = stored?.changeSet.entries.find((one) => one.ordinal === ordinal);
    if (entry === undefined || run === undefined) break;
    for (const [field, { before, after, why }] of Object.entries(entry.writes)) {
      const list = fields.get(field) ?? [];
      list.push({ run: run.id, at: (run.endedAt ?? run.startedAt).toISOString(), before, after, why });
      fields.set(field, list);
    }
    at = entry.previous;
  }
  return fields;
}
