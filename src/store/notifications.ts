// What people were told, and what is still to be told: a row for each condition as long as it holds.

import type { Queryable } from '../postgres/client.ts';

export interface Told {
  readonly event: string;
  /** Tells one condition from the next of its kind: a run, a sync, a day. */
  readonly subject: string;
}

export interface ToTell<Body> extends Told {
  readonly body: Body;
}

/** Of these events exactly these conditions hold: others are forgotten, so that they are told again when they come back. */
export async function keepConditions<Body>(
  db: Queryable,
  events: readonly string[],
  conditions: readonly ToTell<Body>[],
): Promise<void> {
  const columns = [conditions.map(({ event }) => event), conditions.map(({ subject }) => subject)];
  await db.query(
    `delete from notification n where event = any($1)
       and not exists (select from unnest($2::text[], $3::text[]) c (event, subject)
                       where c.event = n.event and c.subject = n.subject)`,
    [events, ...columns],
  );
  await db.query(
    `insert into notification (event, subject, body) select * from unnest($1::text[], $2::text[], $3::jsonb[])
     on conflict (event, subject) do update set body = excluded.body where notification.sent_at is null`,
    [...columns, conditions.map(({ body }) => JSON.stringify(body))],
  );
}

/** Of what `told` was told, or `next` is noted already: what comes after it is of use only to whoever heard of it. */
export async function subjectsAfter(
  db: Queryable,
  { told, next }: { readonly told: string; readonly next: string },
): Promise<readonly string[]> {
  const { rows } = await db.query<{ subject: string }>(
    `select distinct subject from notification where event = $2 or (event = $1 and sent_at is not null)`,
    [told, next],
  );
  return rows.map(({ subject }) => subject);
}

/** Not told yet, and due to be tried: oldest first. */
export async function dueNotifications<Body>(db: Queryable, limit: number): Promise<readonly ToTell<Body>[]> {
  const { rows } = await db.query<ToTell<Body>>(
    `select event, subject, body from notification where sent_at is null and next_try_at <= now()
     order by created_at, event, subject limit $1`,
    [limit],
  );
  return rows;
}

export async function markTold(db: Queryable, { event, subject }: Told): Promise<void> {
  await db.query('update notification set sent_at = now(), error = null where event = $1 and subject = $2', [
    event,
    subject,
  ]);
}

/** Tried again after half a minute, then after twice as long each time, up to six hours. */
export async function markNotTold(db: Queryable, { event, subject }: Told, error: string): Promise<void> {
  await db.query(
    `update notification set tries = tries + 1, error = $3,
       next_try_at = now() + least(interval '30 s' * 2 ^ least(tries, 12), interval '6 h')
     where event = $1 and subject = $2`,
    [event, subject, error],
  );
}
