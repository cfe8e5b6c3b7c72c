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
  readonly record: SourceRecord;
  readonly by: string;
  readonly why: string | null;
}

/** Replaces the edit of this raw record, which is kept as ended. */
export async function saveEdit(client: Client, edit: NewEdit): Promise<void> {
  await endEdit(client, edit, edit.by);
  await client.query(
    `insert into quarantine_edit (sync_no, identity, fingerprint, record, edited_by, why) values ($1, $2, $3, $4, $5, $6)`,
    [...placeOf(edit), JSON.stringify(edit.record), edit.by, edit.why],
  );
}

/** @returns false when there was none */
export async function endEdit(client: Client, place: EditPlace, by: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `update quarantine_edit set ended_at = now(), ended_by = $4
     where sync_no = $1 and identity = $2 and fingerprint = $3 and ended_at is null`,
    [...placeOf(place), by],
  );
  return rowCount === 1;
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
  return [syncNo, identity, BigInt.asIntN(64, fingerprint).toString()];
}
