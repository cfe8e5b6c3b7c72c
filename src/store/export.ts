// Reading much at once, as it stood at one moment: pages of a snapshot, for exports.

import { type Client, inTransaction, type Pool } from '../postgres/client.ts';
import { type RecordRow, toRecord, type RawRecordRow } from './claims.ts';

/** Runs `work` on one unchanging image of the store, however long it takes and however slowly its results are taken. */
export async function onSnapshot<T>(pool: Pool, work: (client: Client) => Promise<T>): Promise<T> {
  return inTransaction(pool, async (client) => {
    await client.query('set transaction isolation level repeatable read, read only');
    await client.query('set local idle_in_transaction_session_timeout = 0');
    return work(client);
  });
}

export interface ExportFilter {
  readonly object: string;
  /** Only records that this run wrote, and those written by deliveries since it began. Null: all. */
  readonly sinceRun: number | null;
}

/**
 * Records of an object in the order in which Tributary met them, a page at a time. Those that were deleted come only
 * where changes are asked for.
 */
export async function* exportPages(
  client: Client,
  { object, sinceRun }: ExportFilter,
  pageSize: number,
): AsyncGenerator<readonly RecordRow[]> {
  for (let afterId = 0; ;) {
    const { rows } = await client.query<RawRecordRow>(
      `select id, crm_id, state, revision, base, change_run, change_round, change_batch from record r
       where object = $1 and id > $2 and case when $3::bigint is null then state in ('live', 'deactivated') else exists (
         select from batch b where b.run_no = r.change_run and b.round = r.change_round and b.n = r.change_batch
           and b.delivered_at >= (select started_at from run where no = $3)) end
       order by id limit $4`,
      [object, afterId, sinceRun, pageSize],
    );
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows.map(toRecord);
    afterId = last.id;
  }
}
