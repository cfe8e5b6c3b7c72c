// The fingerprint index of each sync and reader, and the keys whose entries no longer hold.

import type { Queryable } from '../postgres/client.ts';
import { digestEntries, type SetDigest, sumDigests } from '../fingerprint/digest.ts';
import { INDEX_BYTES } from '../fingerprint/entries.ts';
import { FingerprintTable } from '../fingerprint/index-table.ts';

export async function loadFingerprints(db: Queryable, syncNo: number, reader: string): Promise<FingerprintTable> {
  const { rows: parts } = await db.query<{ part: number; bytes: number }>(
    'select part, length(entries) as bytes from fingerprint where sync_no = $1 and reader = $2 order by part',
    [syncNo, reader],
  );
  const revoked = await db.query<{ key_hash: string }>(
    'select key_hash::text from fingerprint_revocation where sync_no = $1',
    [syncNo],
  );
  const table = new FingerprintTable(
    parts.reduce((sum, { bytes }) => sum + bytes / INDEX_BYTES, 0),
    new Set(revoked.rows.map((row) => BigInt.asUintN(64, BigInt(row.key_hash)))),
  );
  // One at a time: each is on its way as text of twice its size.
  for (const { part } of parts) {
    const { rows } = await db.query<{ entries: Buffer }>(
      'select entries from fingerprint where sync_no = $1 and reader = $2 and part = $3',
      [syncNo, reader, part],
    );
    for (const { entries } of rows) table.add(entries);
  }
  return table;
}

/** What the index holds; null where there is none, or none that can be told. */
export async function indexDigest(db: Queryable, syncNo: number, reader: string): Promise<SetDigest | null> {
  const { rows } = await db.query<{ digest: SetDigest | null }>(
    'select digest from fingerprint where sync_no = $1 and reader = $2',
    [syncNo, reader],
  );
  return rows.length === 0 ? null : sumDigests(rows.map(({ digest }) => digest));
}

/** Whether claims were changed by another way since the index was made. */
export async function hasRevocations(db: Queryable, syncNo: number): Promise<boolean> {
  return (await db.query('select 1 from fingerprint_revocation where sync_no = $1 limit 1', [syncNo])).rowCount === 1;
}

/** Begins a new index in this transaction: everything of the sync goes, under every reader. */
export async function clearFingerprints(db: Queryable, syncNo: number, runNo: number): Promise<void> {
  await db.query('delete from fingerprint where sync_no = $1', [syncNo]);
  await db.query('delete from fingerprint_revocation where sync_no = $1 and run_no <= $2', [syncNo, runNo]);
}

export async function saveFingerprints(
  db: Queryable,
  place: { readonly syncNo: number; readonly reader: string; readonly part: number },
  entries: Buffer,
): Promise<void> {
  await db.query('insert into fingerprint (sync_no, reader, part, entries, digest) values ($1, $2, $3, $4, $5)', [
    place.syncNo,
    place.reader,
    place.part,
    entries,
    JSON.stringify(digestEntries(entries, INDEX_BYTES)),
  ]);
}

/** The claims of these keys were changed by another way than a snapshot read: read them again next time. */
export async function revokeFingerprints(
  db: Queryable,
  of: { readonly syncNo: number; readonly runNo: number },
  keyHashes: readonly bigint[],
): Promise<void> {
  await db.query(
    `insert into fingerprint_revocation (sync_no, key_hash, run_no) select $1, unnest($2::bigint[]), $3
     on conflict (sync_no, key_hash) do update set run_no = greatest(fingerprint_revocation.run_no, excluded.run_no)`,
    [of.syncNo, keyHashes.map((hash) => BigInt.asIntN(64, hash).toString()), of.runNo],
  );
}
