// Reservations: match keys of CRM records about to be created (or linked), so that nobody else creates them too.

import type { Queryable } from '../postgres/client.ts';

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
  db: Queryable,
  by: { readonly object: string; readonly runNo: number; readonly syncNo: number },
  wanted: readonly Reservation[],
): Promise<ReadonlyMap<bigint, { readonly runNo: number; readonly sourceKey: string }>> {
  if (wanted.length === 0) return new Map();
  const first = new Map<bigint, string>();
  for (const { keyHash, sourceKey } of wanted) if (!first.has(keyHash)) first.set(keyHash, sourceKey);
  // One order for everybody, or two batches that want the same keys could wait for each other.
  const inOrder = [...first].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const hashes = inOrder.map(([hash]) => BigInt.asIntN(64, hash).toString());
  const keys = inOrder.map(([, key]) => key);
  const { rowCount } = await db.query(
    `insert into reservation (object, key_hash, run_no, sync_no, source_key)
     select $1, h, $2, $3, k from unnest($4::bigint[], $5::text[]) as wanted (h, k) on conflict do nothing`,
    [by.object, by.runNo, by.syncNo, hashes, keys],
  );
  if (rowCount === first.size)
    return new Map([...first].map(([keyHash, sourceKey]) => [keyHash, { runNo: by.runNo, sourceKey }]));
  const { rows } = await db.query<{ key_hash: string; run_no: number; source_key: string }>(
    'select key_hash::text, run_no, source_key from reservation where object = $1 and key_hash = any($2::bigint[])',
    [by.object, hashes],
  );
  return new Map(
    rows.map((row) => [BigInt.asUintN(64, BigInt(row.key_hash)), { runNo: row.run_no, sourceKey: row.source_key }]),
  );
}

/** Frees everything a run reserved: after its round is delivered, or when it ends. */
export async function releaseReservations(db: Queryable, runNo: number): Promise<void> {
  await db.query('delete from reservation where run_no = $1', [runNo]);
}
