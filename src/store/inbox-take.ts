// Taking events out of the inbox, by one event run at a time.
//
// A drain that begins raises its run's epoch; every take asks for it under a lock. So an older drain that was taken for
// dead can put nothing more into a batch.

import type { Queryable } from '../postgres/client.ts';
import type { EventRecords, EventStream } from './inbox.ts';

/** One batch takes a few megabytes of bodies at most. */
const BATCH_BYTES = 4 * 1024 * 1024;

export interface TakenEvent {
  readonly id: number;
  readonly eventId: string;
  /** Its id came from the sender. */
  readonly given: boolean;
  readonly contentType: string;
  readonly body: Buffer;
  /** The newest run when it came. */
  readonly read: number;
  readonly receivedAt: Date;
}

export interface DrainRef {
  readonly runNo: number;
  readonly epoch: number;
}

const EVENT =
  'id, event_id as "eventId", given, content_type as "contentType", body, read, received_at as "receivedAt"';

/** From now on only this drain may take. @returns its epoch; null when the run has ended */
export async function beginDrain(db: Queryable, runNo: number): Promise<number | null> {
  const { rows } = await db.query<{ epoch: number }>(
    'update run set epoch = epoch + 1 where no = $1 and outcome is null returning epoch',
    [runNo],
  );
  return rows[0]?.epoch ?? null;
}

/** True while no later drain has begun and the run is open; keeps it so until the transaction ends. */
export async function holdsDrain(db: Queryable, { runNo, epoch }: DrainRef): Promise<boolean> {
  const sql = 'select 1 from run where no = $1 and epoch = $2 and outcome is null for share';
  return (await db.query(sql, [runNo, epoch])).rowCount === 1;
}

/** Puts the oldest waiting events into a batch. @returns them in order; none as well where a later drain has begun */
export async function takeEvents(
  db: Queryable,
  { stream, drain, batch, limit }: { stream: EventStream; drain: DrainRef; batch: number; limit: number },
): Promise<readonly TakenEvent[]> {
  const { rows } = await db.query<TakenEvent>(
    `with mine as (select 1 from run where no = $3 and epoch = $4 and outcome is null for share), next as (
       select id, sum(octet_length(body)) over (order by id) - octet_length(body) as before
       from (select id, body from inbox where system = $1 and stream = $2 and state = 'waiting' order by id limit $6) as w
     )
     update inbox set state = 'taken', run_no = $3, batch = $5
     where id in (select id from next where before < $7) and exists (select 1 from mine) returning ${EVENT}`,
    [stream.system, stream.stream, drain.runNo, drain.epoch, batch, limit, BATCH_BYTES],
  );
  return rows.toSorted((a, b) => a.id - b.id);
}

/** The events of a batch, as they were taken. */
export async function eventsOf(
  db: Queryable,
  { runNo, n }: { readonly runNo: number; readonly n: number },
): Promise<readonly TakenEvent[]> {
  const sql = `select ${EVENT} from inbox where run_no = $1 and batch = $2 order by id`;
  return (await db.query<TakenEvent>(sql, [runNo, n])).rows;
}

/** Of a batch, the events that came without an id. */
export async function namelessEvents(
  db: Queryable,
  { runNo, n }: { readonly runNo: number; readonly n: number },
): Promise<ReadonlySet<number>> {
  const sql = 'select id from inbox where run_no = $1 and batch = $2 and not given';
  return new Set((await db.query<{ id: number }>(sql, [runNo, n])).rows.map(({ id }) => id));
}

/** Batches of the run with events that are not done yet, and the number of the next new one. */
export async function unfinishedBatches(
  db: Queryable,
  runNo: number,
): Promise<{ readonly unfinished: readonly number[]; readonly next: number }> {
  const { rows } = await db.query<{ batch: number; open: boolean }>(
    `select batch, bool_or(state = 'taken') as open from inbox where run_no = $1 group by batch order by batch`,
    [runNo],
  );
  const unfinished = rows.filter(({ open }) => open).map(({ batch }) => batch);
  return { unfinished, next: (rows.at(-1)?.batch ?? -1) + 1 };
}

export interface DoneEvent {
  readonly id: number;
  readonly outcome: EventRecords;
  readonly error: { readonly code: string; readonly message: string } | null;
}

export async function finishEvents(db: Queryable, events: readonly DoneEvent[]): Promise<void> {
  await db.query(
    `update inbox set state = 'done', done_at = clock_timestamp(), outcome = d.outcome, error = d.error
     from unnest($1::bigint[], $2::jsonb[], $3::jsonb[]) as d (id, outcome, error) where inbox.id = d.id`,
    [
      events.map(({ id }) => id),
      events.map(({ outcome }) => JSON.stringify(outcome)),
      events.map(({ error }) => (error === null ? null : JSON.stringify(error))),
    ],
  );
}

/** What runs that have ended had taken and never delivered waits again. */
export async function returnEvents(db: Queryable, { system, stream }: EventStream): Promise<void> {
  await db.query(
    `update inbox set state = 'waiting', run_no = null, batch = null
     where system = $1 and stream = $2 and state = 'taken'
       and exists (select 1 from run where no = inbox.run_no and outcome is not null)
       and not exists (select 1 from batch b where b.run_no = inbox.run_no and b.round = 0 and b.n = inbox.batch
         and b.delivered_at is not null)`,
    [system, stream],
  );
}

/** Batches of runs that have ended, which are delivered, and whose events do not say so yet. */
export async function unsaidBatches(
  db: Queryable,
  { system, stream }: EventStream,
): Promise<readonly { readonly runNo: number; readonly n: number }[]> {
  const { rows } = await db.query<{ runNo: number; n: number }>(
    `select distinct i.run_no as "runNo", i.batch as n from inbox i join run r on r.no = i.run_no
     where i.system = $1 and i.stream = $2 and i.state = 'taken' and r.outcome is not null`,
    [system, stream],
  );
  return rows;
}

export interface Waiting {
  readonly events: number;
  /** Milliseconds since the oldest and since the newest of them came, by the database's clock. */
  readonly oldestMs: number;
  readonly newestMs: number;
}

/** How many events wait, up to a limit. */
export async function waitingEvents(db: Queryable, stream: EventStream, limit: number): Promise<Waiting> {
  const { rows } = await db.query<Waiting>(
    `select count(*) as events,
       coalesce(extract(epoch from clock_timestamp() - min(received_at)) * 1000, 0)::float8 as "oldestMs",
       coalesce(extract(epoch from clock_timestamp() - max(received_at)) * 1000, 0)::float8 as "newestMs"
     from (select received_at from inbox where system = $1 and stream = $2 and state = 'waiting' order by id limit $3) w`,
    [stream.system, stream.stream, limit],
  );
  return rows[0] ?? { events: 0, oldestMs: 0, newestMs: 0 };
}

/** Says for how long somebody watches the stream at least; 0: no longer. */
export async function listenFor(db: Queryable, { system, stream }: EventStream, ms: number): Promise<void> {
  await db.query(
    `insert into intake (system, stream, listens_until)
     values ($1, $2, case when $3 > 0 then clock_timestamp() + $3 * interval '1 millisecond' end)
     on conflict (system, stream) do update set listens_until = excluded.listens_until`,
    [system, stream, ms],
  );
}

/** Streams with events that nobody seems to look after: for the sweep. */
export async function strandedStreams(db: Queryable, olderThanMs: number): Promise<readonly EventStream[]> {
  const { rows } = await db.query<EventStream>(
    `select distinct b.system, b.stream from inbox b left join intake i using (system, stream)
     where b.state <> 'done' and b.received_at < clock_timestamp() - $1 * interval '1 millisecond'
       and coalesce(i.listens_until < clock_timestamp(), true)`,
    [olderThanMs],
  );
  return rows;
}
