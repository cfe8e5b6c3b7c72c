// Reservations: match keys of CRM records about to be created (or linked), so that nobody else creates them too.

import { type Client, copyRows, type Queryable } from '../postgres/client.ts';
import { codeOf } from '../postgres/errors.ts';
import type { Store } from './store.ts';
import { tableParts } from './table-parts.ts';

const UNIQUE_VIOLATION = '23505';

export interface Reservation {
  readonly keyHash: bigint;
  /** Whose it is; the same claim asking again gets it again. */
  readonly sourceKey: string;
}

/**
 * Reserves keys of an object in the order given: of two claims in one call the first gets the key. Idempotent.
 *
 * @returns for each key hash, who holds it now
 */
export async function reserve(
  store: Pick<Store, 'pool' | 'transaction'>,
  by: Run,
  wanted: readonly Reservation[],
): Promise<ReadonlyMap<bigint, Holder>> {
  if (wanted.length === 0) return new Map();
  const first = new Map<bigint, string>();
  for (const { keyHash, sourceKey } of wanted) if (!first.has(keyHash)) first.set(keyHash, sourceKey);
  // One order for everybody, or two batches that want the same keys could wait for each other.
  const inOrder = [...BigUint64Array.from(first.keys()).toSorted()].map(
    (hash) => [hash, first.get(hash) ?? ''] as const,
  );
  const free = await store.transaction((client) => copyAll(client, by, inOrder), 'keys.reserved').catch(isTaken);
  if (free) return new Map(inOrder.map(([keyHash, sourceKey]) => [keyHash, { runNo: by.runNo, sourceKey }]));
  return insertFree(store.pool, by, inOrder);
}

interface Holder {
  readonly runNo: number;
  readonly sourceKey: string;
}

interface Run {
  readonly object: string;
  readonly runNo: number;
  readonly syncNo: number;
}

type Wanted = readonly (readonly [keyHash: bigint, sourceKey: string])[];

/** Most batches want keys that nobody has: copying them costs half of what inserting does. */
async function copyAll(client: Client, { object, runNo, syncNo }: Run, wanted: Wanted): Promise<true> {
  const columns = ['object', 'key_hash', 'run_no', 'sync_no', 'source_key'];
  const rows = wanted.map(([hash, key]) => [object, BigInt.asIntN(64, hash), runNo, syncNo, key]);
  await copyRows(client, { table: 'reservation', columns }, rows);
  return true;
}

function isTaken(error: unknown): false {
  if (error instanceof Error && codeOf(error) === UNIQUE_VIOLATION) return false;
  throw error;
}

/** Takes what is free of them. */
async function insertFree(db: Queryable, by: Run, wanted: Wanted): Promise<ReadonlyMap<bigint, Holder>> {
  const hashes = wanted.map(([hash]) => BigInt.asIntN(64, hash).toString());
  await db.query(
    `insert into reservation (object, key_hash, run_no, sync_no, source_key)
     select $1, h, $2, $3, k from unnest($4::bigint[], $5::text[]) as wanted (h, k) on conflict do nothing`,
    [by.object, by.runNo, by.syncNo, hashes, wanted.map(([, key]) => key)],
  );
  const { rows } = await db.query<{ key_hash: string; run_no: number; source_key: string }>(
    'select key_hash::text, run_no, source_key from reservation where object = $1 and key_hash = any($2::bigint[])',
    [by.object, hashes],
  );
  return new Map(
    rows.map((row) => [BigInt.asUintN(64, BigInt(row.key_hash)), { runNo: row.run_no, sourceKey: row.source_key }]),
  );
}

/** Frees everything a run reserved: after its round is delivered, or when it ends. */
export async function releaseReservations(
  db: Queryable,
  runNo: number,
  progress: () => void = () => {},
): Promise<void> {
  for (const { from, to } of await tableParts(db, 'reservation')) {
    const sql = 'delete from reservation where ctid >= $2::tid and ctid < $3::tid and run_no = $1';
    await db.query(sql, [runNo, from, to]);
    progress();
  }
}
