// People correct quarantined records. A raw record stays as it is; its correction stands in for it from now on.

import type { SourceRecord } from '../domain/values.ts';
import { SyncError } from '../domain/errors.ts';
import type { Client, Queryable } from '../postgres/client.ts';
import { revokeFingerprints } from '../store/fingerprints.ts';
import { saveEdits } from '../store/quarantine-edits.ts';
import { findQuarantined, listQuarantined, type QuarantineRow } from '../store/quarantine.ts';
import { nextRunNo } from '../store/runs.ts';
import { lockSyncs } from '../store/syncs.ts';

export interface Correction {
  readonly id: number;
  /** The raw record that the person looked at. */
  readonly fingerprint: bigint;
  /** Null: the raw record counts again. */
  readonly record: SourceRecord | null;
}

export interface Editor {
  readonly by: string;
  readonly why: string | null;
}

/**
 * Stores or ends corrections, all of them or none; the next run and every replay use them. Errors:
 * `quarantine.not_found`, `quarantine.changed` when the source has sent another record since, or the record is no longer
 * in quarantine.
 */
export async function correctQuarantined(
  client: Client,
  corrections: readonly Correction[],
  { by, why }: Editor,
): Promise<void> {
  const ids = corrections.map(({ id }) => id);
  const seen = await openRecords(client, ids);
  // Runs open under this lock: one that opens later reads the records anew.
  await lockSyncs(client, [...new Set([...seen.values()].map(({ syncNo }) => syncNo))]);
  const rows = await openRecords(client, ids);
  const edits = corrections.map(({ id, fingerprint, record }) => {
    const { syncNo, identity } = checkSame(id, fingerprint, rows.get(id));
    return { syncNo, identity, fingerprint, record, by, why };
  });
  await saveEdits(client, edits);
  const runNo = await nextRunNo(client);
  for (const syncNo of new Set(edits.map((edit) => edit.syncNo))) {
    const keyHashes = [...rows.values()].filter((row) => row.syncNo === syncNo).map(({ keyHash }) => keyHash);
    await revokeFingerprints(client, { syncNo, runNo }, keyHashes);
  }
}

/** The open ones of these records, by id. */
export async function openRecords(db: Queryable, ids: readonly number[]): Promise<ReadonlyMap<number, QuarantineRow>> {
  const rows = await listQuarantined(db, { ids, limit: ids.length });
  return new Map(rows.map((row) => [row.id, row]));
}

/** One record, open or resolved. Errors: `quarantine.not_found`. */
export async function requireQuarantined(db: Queryable, id: number): Promise<QuarantineRow> {
  const row = await findQuarantined(db, id);
  if (row === undefined)
    throw new SyncError('quarantine.not_found', { message: `there is no quarantined record ${id}` });
  return row;
}

function checkSame(id: number, fingerprint: bigint, row: QuarantineRow | undefined): QuarantineRow {
  if (row?.fingerprint === fingerprint) return row;
  const message = `record ${id} ${row === undefined ? 'is no longer in quarantine' : 'was sent anew by its source'}`;
  throw new SyncError('quarantine.changed', { message });
}
