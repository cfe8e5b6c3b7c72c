import { INDEX_BYTES } from '../../src/fingerprint/entries.ts';
import { FingerprintTable } from '../../src/fingerprint/index-table.ts';

/** A table with all entries of packed parts. */
export function tableOf(parts: readonly Buffer[], revoked: ReadonlySet<bigint> = new Set()): FingerprintTable {
  const entries = parts.reduce((sum, part) => sum + part.length / INDEX_BYTES, 0);
  const table = new FingerprintTable(entries, revoked);
  for (const part of parts) table.add(part);
  return table;
}
