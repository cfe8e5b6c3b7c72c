// Connections that nobody answers any more. A network that swallows everything looks, from here, like a statement that takes
// its time: TCP notices after a quarter of an hour, or never where something in between keeps the connection up.
//
//   a statement is out, and nothing moved for 5 s ──▶ the server is asked, on a connection of its own, what its backend does
//        it is at work                            ──▶ waited for; asked again 5 s later
//        it is not, or nobody answers, twice      ──▶ the connection is destroyed, the statement fails with ETIMEDOUT

import pg from 'pg';

export interface WatchTimes {
  readonly everyMs: number;
  readonly silenceMs: number;
  readonly answerMs: number;
}

const TIMES: WatchTimes = { everyMs: 2_500, silenceMs: 5_000, answerMs: 3_000 };
const STRIKES = 2;

/** Of a socket. */
interface Stream {
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly writableLength: number;
  destroy(error?: Error): void;
}

/** What pg keeps to itself, and its types leave out. */
interface Inside {
  readonly readyForQuery: boolean;
  readonly processID: number | null;
  readonly connection: { readonly stream: Stream };
}

interface Watched {
  readonly client: Inside;
  moved: number;
  since: number;
  strikes: number;
  asking: boolean;
}

/** Watches the connections of a pool for as long as it has any. `config` is how the pool connects. */
export function watchPool(pool: pg.Pool, config: pg.ClientConfig, times: WatchTimes = TIMES): void {
  const watched = new Map<pg.PoolClient, Watched>();
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    for (const one of watched.values()) void judge(one, config, times);
  };
  pool.on('connect', (client) => {
    const inside = client as unknown as Inside; // see there
    watched.set(client, { client: inside, moved: 0, since: Date.now(), strikes: 0, asking: false });
    timer ??= setInterval(look, times.everyMs).unref();
  });
  pool.on('remove', (client) => {
    watched.delete(client);
    if (watched.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  });
}

async function judge(one: Watched, config: pg.ClientConfig, times: WatchTimes): Promise<void> {
  const { stream } = one.client.connection;
  const moved = stream.bytesRead + stream.bytesWritten - stream.writableLength;
  if (one.client.readyForQuery || moved !== one.moved) {
    Object.assign(one, { moved, since: Date.now(), strikes: 0 });
    return;
  }
  if (one.asking || Date.now() - one.since < times.silenceMs) return;
  one.asking = true;
  const atWork = await isAtWork(one.client, config, times.answerMs).finally(() => {
    one.asking = false;
  });
  one.strikes = atWork ? 0 : one.strikes + 1;
  if (atWork) one.since = Date.now();
  if (one.strikes < STRIKES || one.client.readyForQuery) return;
  stream.destroy(Object.assign(new Error('the server does not answer any more'), { code: 'ETIMEDOUT' }));
}

const UNREACHABLE = /^(E[A-Z]+|08\w{3}|57P\w{2})$/;

/** What cannot be found out counts as work. */
async function isAtWork(
  { processID, connection }: Inside,
  config: pg.ClientConfig,
  answerMs: number,
): Promise<boolean> {
  const other = new pg.Client({ ...config, connectionTimeoutMillis: answerMs, query_timeout: answerMs });
  other.on('error', () => {}); // the query says it
  try {
    await other.connect();
    const { rows } = await other.query<{ own: number; state: string | null; waits: string | null }>(
      `select pg_backend_pid() as own, state, wait_event as waits
       from (values (1)) as one left join pg_stat_activity on pid = $1`,
      [processID],
    );
    const [{ own, state, waits } = { own: 0, state: null, waits: null }] = rows;
    // Behind a pooler numbers mean nothing: that somebody answers has to do.
    if (own !== (other as unknown as Inside).processID) return true; // see there
    return state === 'active' && !(waits === 'ClientRead' && connection.stream.writableLength > 0);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    // pg's own time limits carry no code.
    return code !== '' && !UNREACHABLE.test(code);
  } finally {
    void other.end().catch(() => {});
    (other as unknown as Inside).connection.stream.destroy(); // see there
  }
}
