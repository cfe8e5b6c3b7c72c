// Syncs as the store knows them: their number, their lease, whether a person paused them.

import type { Queryable } from '../postgres/client.ts';

export interface SyncRow {
  readonly no: number;
  readonly name: string;
  readonly connection: string;
  readonly object: string;
  readonly pausedAt: Date | null;
  readonly pausedBy: string | null;
  readonly pausedNote: string | null;
  readonly leaseRun: number | null;
  readonly epoch: number;
  readonly deliveredRun: number | null;
}

const COLUMNS = `no, name, connection, object, paused_at as "pausedAt", paused_by as "pausedBy",
  paused_note as "pausedNote", lease_run as "leaseRun", epoch, delivered_run as "deliveredRun"`;

/** Makes the sync known (or refreshes its connection and object), and locks its row for the transaction. */
export async function lockSync(
  db: Queryable,
  sync: { readonly name: string; readonly connection: string; readonly object: string },
): Promise<SyncRow> {
  await db.query(
    `insert into sync (name, connection, object) values ($1, $2, $3)
     on conflict (name) do update set connection = excluded.connection, object = excluded.object
     where (sync.connection, sync.object) is distinct from (excluded.connection, excluded.object)`,
    [sync.name, sync.connection, sync.object],
  );
  const { rows } = await db.query<SyncRow>(`select ${COLUMNS} from sync where name = $1 for update`, [sync.name]);
  const [row] = rows;
  if (row === undefined) throw new Error(`sync ${sync.name} vanished`);
  return row;
}

/** Keeps runs of these syncs from opening until commit. */
export async function lockSyncs(db: Queryable, nos: readonly number[]): Promise<void> {
  await db.query('select 1 from sync where no = any($1) order by no for update', [nos]);
}

export async function listSyncs(db: Queryable): Promise<readonly SyncRow[]> {
  return (await db.query<SyncRow>(`select ${COLUMNS} from sync order by no`)).rows;
}

export async function findSync(db: Queryable, name: string): Promise<SyncRow | undefined> {
  return (await db.query<SyncRow>(`select ${COLUMNS} from sync where name = $1`, [name])).rows[0];
}

/** Gives the lease to a run under a new epoch: whoever held it before can write no more. */
export async function takeLease(db: Queryable, syncNo: number, runNo: number): Promise<number> {
  const { rows } = await db.query<{ epoch: number }>(
    'update sync set lease_run = $2, epoch = epoch + 1 where no = $1 returning epoch',
    [syncNo, runNo],
  );
  return rows[0]?.epoch ?? 0;
}

export async function releaseLease(db: Queryable, syncNo: number, runNo: number): Promise<void> {
  await db.query('update sync set lease_run = null where no = $1 and lease_run = $2', [syncNo, runNo]);
}

/** True while the run still holds the lease under this epoch; locks the row against a take-over until commit. */
export async function holdsLease(
  db: Queryable,
  lease: { syncNo: number; runNo: number; epoch: number },
): Promise<boolean> {
  const { rowCount } = await db.query('select 1 from sync where no = $1 and lease_run = $2 and epoch = $3 for share', [
    lease.syncNo,
    lease.runNo,
    lease.epoch,
  ]);
  return rowCount === 1;
}

/** @returns false when the store does not know the sync yet */
export async function pauseSync(
  db: Queryable,
  pause: { readonly name: string; readonly by: string; readonly note: string | null },
): Promise<boolean> {
  const { rowCount } = await db.query(
    'update sync set paused_at = coalesce(paused_at, now()), paused_by = $2, paused_note = $3 where name = $1',
    [pause.name, pause.by, pause.note],
  );
  return rowCount === 1;
}

export async function isPaused(db: Queryable, syncNo: number): Promise<boolean> {
  return (await db.query('select 1 from sync where no = $1 and paused_at is not null', [syncNo])).rowCount === 1;
}

export async function resumeSync(db: Queryable, name: string): Promise<void> {
  await db.query('update sync set paused_at = null, paused_by = null, paused_note = null where name = $1', [name]);
}

/** Lets a sync run again that was paused by nobody but `by`. @returns whether it was */
export async function resumeSyncOf(db: Queryable, name: string, by: string): Promise<boolean> {
  const { rowCount } = await db.query(
    'update sync set paused_at = null, paused_by = null, paused_note = null where name = $1 and paused_by = $2',
    [name, by],
  );
  return rowCount === 1;
}

/** Whether any claim of a sync was folded from several records: seldom, but for syncs of change events. */
export async function hasFolded(db: Queryable, syncNo: number): Promise<boolean> {
  const sql = 'select 1 from crosswalk where sync_no = $1 and versions is not null limit 1';
  return (await db.query(sql, [syncNo])).rowCount === 1;
}
