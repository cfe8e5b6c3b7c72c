// A person corrects a quarantined record. The raw record stays as it is; the correction stands in for it from now on.

import type { SourceRecord } from '../domain/values.ts';
import { SyncError } from '../domain/errors.ts';
import type { Client } from '../postgres/client.ts';
import { endEdit, saveEdit } from '../store/quarantine-edits.ts';
import { findQuarantined, type QuarantineRow } from '../store/quarantine.ts';
import { revokeFingerprints } from '../store/fingerprints.ts';

export interface Correction {
  readonly id: number;
  /** The raw record that the person looked at. */
  readonly fingerprint: bigint;
  /** Null: the raw record counts again. */
  readonly record: SourceRecord | null;
  readonly by: string;
  readonly why: string | null;
}

/**
 * Stores or ends a correction; the next run and every replay use it. Errors: `quarantine.not_found`,
 * `quarantine.changed` when the source has sent another record since, or the record is no longer in quarantine.
 */
export async function correctQuarantined(client: Client, correction: Correction): Promise<void> {
  const { id, fingerprint, record, by, why } = correction;
  const row = await requireQuarantined(client, id);
  // Runs open under this lock: one that opens later reads the record anew.
  await client.query('select 1 from sync where no = $1 for update', [row.syncNo]);
  if (row.fingerprint !== fingerprint || row.state !== 'open') {
    const message = `record ${id} ${row.state === 'open' ? 'was sent anew by its source' : 'is no longer in quarantine'}`;
    throw new SyncError('quarantine.changed', { message });
  }
  const place = { syncNo: row.syncNo, identity: row.identity, fingerprint };
  if (record === null) await endEdit(client, place, by);
  else await saveEdit(client, { ...place, record, by, why });
  const { rows } = await client.query<{ next: number }>('select coalesce(max(no), 0) + 1 as next from run');
  await revokeFingerprints(client, { syncNo: row.syncNo, runNo: rows[0]?.next ?? 1 }, [row.keyHash]);
}

export async function requireQuarantined(db: Pick<Client, 'query'>, id: number): Promise<QuarantineRow> {
  const row = await findQuarantined(db, id);
  if (row === undefined)
    throw new SyncError('quarantine.not_found', { message: `there is no quarantined record ${id}` });
  return row;
}
