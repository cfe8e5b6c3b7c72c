// Corrections of quarantined records: each stands in for one raw record, told by its fingerprint. Never removed, only ended.

import type { SourceRecord } from '../domain/values.ts';
import type { Client, Queryable } from '../postgres/client.ts';

export interface QuarantineEdit {
  readonly record: SourceRecord;
  readonly by: string;
  readonly why: string | null;
  readonly at: Date;
}

/** Which raw record an edit stands in for. */
export interface EditPlace {
  readonly syncNo: number;
  /** The quarantined record's identity: of the records that one raw record yields, only this one is meant. */
  readonly identity: string;
  readonly fingerprint: bigint;
}

export interface NewEdit extends EditPlace {
  /** Null: the raw record counts again. */
  readonly record: SourceRecord | null;
  readonly by: string;
  readonly why: string | null;
}

/** Replaces the edits of these raw records, which are kept as ended; a record that is null only ends its edit. */
export async function saveEdits(client: Client, edits: readonly NewEdit[]): Promise<void> {
  const places = [edits.map(({ syncNo }) => syncNo), edits.map(({ identity }) => identity), edits.map(signedOf)];
  const by = edits.map((edit) => edit.by);
  await client.query(
    `update quarantine_edit e set ended_at = now(), ended_by = n.edited_by
     from unnest($1::integer[], $2::text[], $3::bigint[], $4::text[]) n (sync_no, identity, fingerprint, edited_by)
     where e.sync_no = n.sync_no and e.identity = n.identity and e.fingerprint = n.fingerprint and e.ended_at is null`,
    [...places, by],
  );
  const records = edits.map(({ record }) => (record === null ? null : JSON.stringify(record)));
  await client.query(
    `insert into quarantine_edit (sync_no, identity, fingerprint, record, edited_by, why)
     select * from unnest($1::integer[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[])
       n (sync_no, identity, fingerprint, record, edited_by, why) where n.record is not null`,
    [...places, records, by, edits.map(({ why }) => why)],
  );
}

export async function findEdit(db: Queryable, place: EditPlace): Promise<QuarantineEdit | undefined> {
  const { rows } = await db.query<EditRow>(
    `select ${COLUMNS} from quarantine_edit where sync_no = $1 and identity = $2 and fingerprint = $3 and ended_at is null`,
    [...placeOf(place)],
  );
  return rows.map(toEdit)[0];
}

/** The edits in force of a sync by fingerprint: what people wrote, so few. */
export async function loadEdits(db: Queryable, syncNo: number): Promise<QuarantineEdits> {
  const { rows } = await db.query<EditRow>(
    `select ${COLUMNS} from quarantine_edit where sync_no = $1 and ended_at is null order by id`,
    [syncNo],
  );
  const edits = new QuarantineEdits();
  for (const row of rows) edits.add(row.identity, BigInt.asUintN(64, BigInt(row.fingerprint)), toEdit(row));
  return edits;
}

/** Edits in force, found by raw record; empty for nearly every sync, so that looking costs nothing. */
export class QuarantineEdits {
  readonly #byFingerprint = new Map<bigint, Map<string, QuarantineEdit>>();

  add(identity: string, fingerprint: bigint, edit: QuarantineEdit): void {
    const edits = this.#byFingerprint.get(fingerprint) ?? new Map<string, QuarantineEdit>();
    this.#byFingerprint.set(fingerprint, edits.set(identity, edit));
  }

  find(identity: () => string, fingerprint: bigint): QuarantineEdit | undefined {
    if (this.#byFingerprint.size === 0) return undefined;
    return this.#byFingerprint.get(fingerprint)?.get(identity());
  }
}

interface EditRow {
  readonly identity: string;
  readonly fingerprint: string;
  readonly record: string;
  readonly by: string;
  readonly why: string | null;
  readonly at: Date;
}

const COLUMNS = 'identity, fingerprint::text, record, edited_by as by, why, edited_at as at';

function toEdit({ record, by, why, at }: EditRow): QuarantineEdit {
  return { record: JSON.parse(record) as SourceRecord, by, why, at }; // stored by saveEdit from a SourceRecord
}

function placeOf({ syncNo, identity, fingerprint }: EditPlace): readonly unknown[] {
  return [syncNo, identity, signedOf({ fingerprint })];
}

function signedOf({ fingerprint }: Pick<EditPlace, 'fingerprint'>): string {
  return BigInt.asIntN(64, fingerprint).toString();
}
