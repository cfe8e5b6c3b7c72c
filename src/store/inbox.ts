// The inbox: events of source systems, durable before they are answered.
//
//   waiting ─► taken (by a batch of an event run) ─► done
//
// The id of an event is its place in the sequence of its stream. Whoever appends learns whether an intake listens: if one
// does, it has been told by then, and nobody has to wake it.

import { randomUUID } from 'node:crypto';
import type { RunCounts } from '../domain/run.ts';
import { SyncError } from '../domain/errors.ts';
import type { Queryable } from '../postgres/client.ts';

/** The largest body of one event. Places of its records in the sequence are its byte offsets. */
export const MAX_EVENT_BYTES = 1_048_576;

/** PostgreSQL's channel on which appends are told; the payload is `system/stream`. */
export const INBOX_CHANNEL = 'tributary_inbox';

/** Where events come from: the connection's name, and the stream as the sync's `when.events` names it. */
export interface EventStream {
  readonly system: string;
  readonly stream: string;
}

export interface NewEvent extends EventStream {
  /** Unique in its stream. Null: the sender gave none, we make one. */
  readonly eventId: string | null;
  /** As it was sent, in lower case: `application/json`, `text/csv; charset=gb18030`. */
  readonly contentType: string;
  /** As it came: one record or many, MAX_EVENT_BYTES at most. */
  readonly body: Uint8Array;
}

export interface AppendedEvent {
  /** Its place in the sequence. */
  readonly id: number;
  readonly eventId: string;
  /** An event with this id had come before: it is that one, and this one's body is not looked at. */
  readonly known: boolean;
}

export interface Appended {
  /** In the order of the events. */
  readonly events: readonly AppendedEvent[];
  /** Streams with new events to which no intake listens: they are to be woken. */
  readonly asleep: readonly EventStream[];
}

/**
 * Makes events durable, in one statement (two where some are known already). Ids ascend in the order given; an event id
 * that occurs twice counts once. Errors: `inbox.too_large`.
 */
export async function appendEvents(db: Queryable, events: readonly NewEvent[]): Promise<Appended> {
  if (events.length === 0) return { events: [], asleep: [] };
  const large = events.find(({ body }) => body.length > MAX_EVENT_BYTES);
  if (large !== undefined) throw tooLarge(large);
  const named = events.map((event) => ({ ...event, id: event.eventId ?? `evt_${randomUUID().replaceAll('-', '')}` }));
  const { rows } = await db.query<InsertedRow>(INSERT, [
    named.map(({ system }) => system),
    named.map(({ stream }) => stream),
    named.map(({ id }) => id),
    named.map(({ eventId }) => eventId !== null),
    named.map(({ contentType }) => contentType),
    named.map(({ body }) => Buffer.from(body.buffer, body.byteOffset, body.byteLength)),
  ]);
  const added = new Map(rows.map((row) => [keyOf(row), row.id]));
  const before = added.size === named.length ? added : await knownIds(db, named);
  const fresh = new Set(added.keys());
  return {
    events: named.map((event) => {
      const key = keyOf({ ...event, event_id: event.id });
      const known = !fresh.delete(key);
      return { id: (known ? before : added).get(key) ?? 0, eventId: event.id, known };
    }),
    asleep: streamsOf(rows.filter(({ listens }) => !listens)),
  };
}

interface InsertedRow extends EventStream {
  readonly id: number;
  readonly event_id: string;
  readonly listens: boolean;
}

// The share lock makes an intake that is about to stop listening wait for this statement, and look once more.
const INSERT = `
  with given as (
    select * from unnest($1::text[], $2::text[], $3::text[], $4::boolean[], $5::text[], $6::bytea[])
      with ordinality as g (system, stream, event_id, given, content_type, body, place)
  ), listening as (
    select i.system, i.stream from intake i
    where (i.system, i.stream) in (select system, stream from given) and i.listens_until > clock_timestamp()
    for share
  ), inserted as (
    insert into inbox (system, stream, event_id, given, content_type, body, read)
    select system, stream, event_id, given, content_type, body, (select last_value from run_no_seq)
    from given order by place
    on conflict (system, stream, event_id) do nothing
    returning id, system, stream, event_id
  ), told as (
    select pg_notify('${INBOX_CHANNEL}', system || '/' || stream)
    from (select distinct system, stream from inserted) as streams
  )
  select i.id, i.system, i.stream, i.event_id, l.system is not null as listens
  from inserted i left join listening l using (system, stream), (select count(*) from told) as notified`;

async function knownIds(
  db: Queryable,
  events: readonly (EventStream & { readonly id: string })[],
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await db.query<EventStream & { id: number; event_id: string }>(
    `select id, system, stream, event_id from inbox
     where (system, stream, event_id) in (select * from unnest($1::text[], $2::text[], $3::text[]))`,
    [events.map(({ system }) => system), events.map(({ stream }) => stream), events.map(({ id }) => id)],
  );
  return new Map(rows.map((row) => [keyOf(row), row.id]));
}

function keyOf(event: EventStream & { readonly event_id: string }): string {
  return JSON.stringify([event.system, event.stream, event.event_id]);
}

function streamsOf(rows: readonly EventStream[]): readonly EventStream[] {
  return [...new Map(rows.map(({ system, stream }) => [`${system}/${stream}`, { system, stream }])).values()];
}

function tooLarge({ system, stream, body }: NewEvent): SyncError {
  return new SyncError('inbox.too_large', {
    message: `an event of ${system}/${stream} has ${body.length} bytes; ${MAX_EVENT_BYTES} are accepted`,
  });
}

export type EventState = 'waiting' | 'taken' | 'done';

/** What became of the records of an event: how many, by what merge and deliver made of them. */
export interface EventRecords extends Partial<RunCounts['outcomes']> {
  readonly quarantined?: number;
  readonly duplicates?: number;
  readonly filtered?: number;
}

export interface StoredEvent extends EventStream {
  readonly id: number;
  readonly eventId: string;
  readonly receivedAt: Date;
  readonly state: EventState;
  /** The run that took it; null while it waits. */
  readonly run: string | null;
  /** Null until it is done. */
  readonly outcome: EventRecords | null;
  /** Why it could not be read. */
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly doneAt: Date | null;
}

/** An event by its place in the sequence, or by its id in its stream. */
export async function eventOutcome(
  db: Queryable,
  by: number | (EventStream & { readonly eventId: string }),
): Promise<StoredEvent | undefined> {
  const [where, values] =
    typeof by === 'number'
      ? ['i.id = $1', [by]]
      : ['i.system = $1 and i.stream = $2 and i.event_id = $3', [by.system, by.stream, by.eventId]];
  const { rows } = await db.query<StoredEvent>(
    `select i.id, i.system, i.stream, i.event_id as "eventId", i.received_at as "receivedAt", i.state, r.id as run,
       i.outcome, i.error, i.done_at as "doneAt"
     from inbox i left join run r on r.no = i.run_no where ${where}`,
    values,
  );
  return rows[0];
}
