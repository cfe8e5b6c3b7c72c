// Export: the golden records of an object, with their CRM id and the keys that their sources know them by.

import type { SourcedClaim } from '../domain/claims.ts';
import { groupBy } from '../domain/collections.ts';
import type { ObjectDefinition } from '../domain/definition.ts';
import type { SourceRecord, SourceValue, Value } from '../domain/values.ts';
import type { Destination } from '../destinations/destination.ts';
import { type Pinned, resolve } from '../merge/resolve.ts';
import type { Client, Pool } from '../postgres/client.ts';
import { claimsOfRecords, type RecordRow } from '../store/claims.ts';
import { pinsOf } from '../store/pins.ts';
import { type ExportFilter, exportPages, onSnapshot } from '../store/export.ts';

/** The CRM's id, the record's state, and its keys by sync. No field of an object begins with `_`. */
export const EXPORT_COLUMNS = ['_id', '_state', '_keys'] as const;

export interface ExportOrder extends Omit<ExportFilter, 'object'> {
  readonly object: ObjectDefinition;
  /** Names of fields and of `EXPORT_COLUMNS`; they come in this order. */
  readonly fields: readonly string[];
  /** Where values are taken from: the destination as it is now; null: what the sources say together. */
  readonly crm: Destination | null;
}

const PAGE = 1_000;

/**
 * Yields every record to `take`, a page at a time and in one order, all as they stood at one moment. `take` returns
 * false to stop.
 *
 * A golden value is what `resolve` makes of all claims and pins; where nobody speaks of the field any more, what both
 * sides last agreed on; else null. A reference is the value that the sources use, such as the parent's number; as the CRM
 * has it, it is the parent's CRM id.
 */
export async function exportRecords(
  pool: Pool,
  order: ExportOrder,
  take: (records: readonly SourceRecord[]) => Promise<boolean>,
): Promise<void> {
  await onSnapshot(pool, async (client) => {
    const filter = { object: order.object.name, sinceRun: order.sinceRun };
    for await (const page of exportPages(client, filter, PAGE)) {
      if (!(await take(await toRecords(client, order, page)))) return;
    }
  });
}

async function toRecords(
  client: Client,
  { object, fields, crm }: ExportOrder,
  page: readonly RecordRow[],
): Promise<readonly SourceRecord[]> {
  const ids = page.map((record) => record.id);
  const claims = groupBy(await claimsOfRecords(client, ids), (claim) => claim.recordId ?? 0);
  const pins = groupBy(await pinsOf(client, ids), (pin) => pin.recordId);
  const current =
    crm === null
      ? null
      : await crm.read(
          object,
          page.map((record) => record.crmId),
        );
  return page.map((record) => {
    const own = claims.get(record.id) ?? [];
    const pinned = { pins: pins.get(record.id) ?? [], asOf: Date.now() };
    const values =
      current === null ? goldenValues(object, record, { claims: own, pinned }) : (current.get(record.crmId) ?? {});
    const known: Readonly<Record<string, SourceValue>> = {
      _id: record.crmId,
      _state: current === null || current.has(record.crmId) ? record.state : 'gone',
      _keys: keysBySync(own),
    };
    return Object.fromEntries(fields.map((field) => [field, known[field] ?? values[field] ?? null]));
  });
}

function goldenValues(
  object: ObjectDefinition,
  record: RecordRow,
  { claims, pinned }: { readonly claims: readonly SourcedClaim[]; readonly pinned: Pinned },
): Readonly<Record<string, Value>> {
  const resolved = resolve(object, claims, pinned);
  const values: Record<string, Value> = {};
  for (const [field, { reference }] of Object.entries(object.fields)) {
    const agreed = reference === undefined ? record.base[field] : undefined;
    values[field] = resolved[field]?.value ?? agreed ?? null;
  }
  return values;
}

function keysBySync(claims: readonly SourcedClaim[]): SourceRecord {
  const bySync = groupBy(claims, (claim) => claim.sync);
  const syncs = [...bySync.keys()].toSorted();
  return Object.fromEntries(syncs.map((sync) => [sync, (bySync.get(sync) ?? []).map((claim) => claim.key)]));
}
