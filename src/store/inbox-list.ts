// The inbox for people: which events came lately, how many wait.

import type { Queryable } from '../postgres/client.ts';
import type { EventState, StoredEvent } from './inbox.ts';

export interface EventFilter {
  readonly system?: string;
  readonly stream?: string;
  readonly state?: EventState;
  readonly limit: number;
}

/** The newest first. */
export async function listEvents(
  db: Queryable,
  { system, stream, state, limit }: EventFilter,
): Promise<readonly StoredEvent[]> {
  const { rows } = await db.query<StoredEvent>(
    `select i.id, i.system, i.stream, i.event_id as "eventId", i.received_at as "receivedAt", i.state, r.id as run,
       i.outcome, i.error, i.done_at as "doneAt"
     from inbox i left join run r on r.no = i.run_no
     where ($1::text is null or i.system = $1) and ($2::text is null or i.stream = $2)
       and ($3::text is null or i.state = $3)
     order by i.id desc limit $4`,
    [system ?? null, stream ?? null, state ?? null, limit],
  );
  return rows;
}

/** How many events of a system wait; counting ends at `most`. */
export async function countWaiting(db: Queryable, system: string, most: number): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `select count(*) as count from
       (select from inbox where system = $1 and state = 'waiting' limit $2) as waiting`,
    [system, most],
  );
  return rows[0]?.count ?? 0;
}

/** The body of an event and its type, as they came; undefined: there is no such event. */
export async function eventBody(
  db: Queryable,
  id: number,
): Promise<{ readonly contentType: string; readonly body: Uint8Array } | undefined> {
  const { rows } = await db.query<{ contentType: string; body: Uint8Array }>(
    'select content_type as "contentType", body from inbox where id = $1',
    [id],
  );
  return rows[0];
}
