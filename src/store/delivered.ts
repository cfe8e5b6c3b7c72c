// What a delivered batch leaves in the store: claims and crosswalk, records with their bases.
//
//   keys and records that the store meets for the first time ──► COPY into the tables themselves
//   the rest, and all where somebody met one of the records at the same moment ──► stage (COPY) ──► upserts

import type { ChangeRef, ClaimOutcome, SourcedClaim } from '../domain/claims.ts';
import type { Operation } from '../domain/values.ts';
import { type Client, copyRows, type CopyValue, type Queryable } from '../postgres/client.ts';
import { codeOf } from '../postgres/errors.ts';
import type { RecordState } from './claims.ts';

/** Numbers for records that are about to be inserted. */
export async function allocateRecordIds(db: Queryable, count: number): Promise<readonly number[]> {
  // One text of all: a row for each number costs more than counting.
  const { rows } = await db.query<{ ids: string }>(
    `select string_agg(nextval('record_id_seq')::text, ' ') as ids from generate_series(1, $1)`,
    [count],
  );
  return (rows[0]?.ids ?? '').split(' ').map(Number);
}

/** One claim's new state, with what it does to its record. */
export interface DeliveredClaim {
  readonly key: string;
  /** The store has a claim of this key already. */
  readonly known: boolean;
  readonly keyHash: bigint;
  readonly operation: Operation;
  readonly state: ClaimOutcome;
  readonly reason: string | null;
  readonly tries: number;
  readonly version: SourcedClaim['version'];
  readonly observedAt: number;
  /** Canonical JSON of the claim's fields; null where only the record changes (an undo). */
  readonly claim: string | null;
  /** JSON of the fields' versions, where it was folded from several records. */
  readonly versions: string | null;
  readonly record: DeliveredRecord | null;
}

export interface DeliveredRecord {
  readonly id: number;
  readonly crmId: string;
  readonly isNew: boolean;
  /** Null: the base stays as it is. */
  readonly base: string | null;
  /** Null: the state stays as it is. */
  readonly state: RecordState | null;
  /** The CRM was written: the record's history continues in this change set. */
  readonly wrote: boolean;
}

export interface Delivery extends ChangeRef {
  readonly object: string;
  readonly syncNo: number;
}

const STAGED = `key text, key_hash bigint, operation text, state text, reason text, tries int, version text, read bigint,
  position bigint, observed_at timestamptz, claim text, versions text, record_id bigint, crm_id text, is_new boolean, base text,
  record_state text, wrote boolean`;

/** Writes claims, crosswalk, records and bases of one batch: a handful of statements, whatever its size. */
export async function storeDelivered(
  client: Client,
  delivery: Delivery,
  claims: readonly DeliveredClaim[],
): Promise<void> {
  const fresh = claims.filter(isFresh);
  const copied = fresh.length > 0 && (await copyFresh(client, delivery, fresh));
  const rest = copied ? claims.filter((claim) => !isFresh(claim)) : claims;
  if (rest.length > 0) await mergeStaged(client, delivery, rest);
  await settleQuarantined(client, delivery.syncNo, claims);
}

/** Nothing in the store is about it or its record yet. */
function isFresh({ known, claim, record }: DeliveredClaim): boolean {
  return !known && claim !== null && (record === null || record.isNew);
}

/** @returns false when another sync has met one of the records at the same moment: nothing is written then */
async function copyFresh(client: Client, delivery: Delivery, claims: readonly DeliveredClaim[]): Promise<boolean> {
  await client.query('savepoint fresh');
  try {
    await copyRows(client, { table: 'record', columns: RECORD_COLUMNS }, recordRows(delivery, claims));
    await copyRows(client, { table: 'crosswalk', columns: CLAIM_COLUMNS }, claimRows(delivery, claims));
    await client.query('release savepoint fresh');
    return true;
  } catch (error) {
    if (!(error instanceof Error) || codeOf(error) !== UNIQUE_VIOLATION) throw error;
    await client.query('rollback to savepoint fresh');
    return false;
  }
}

const UNIQUE_VIOLATION = '23505';
const RECORD_COLUMNS = ['id', 'object', 'crm_id', 'base', 'state', 'change_run', 'change_round', 'change_batch'];
const CLAIM_COLUMNS = [
  'sync_no',
  'key',
  'key_hash',
  'record_id',
  'operation',
  'state',
  'reason',
  'tries',
  'version',
  'read',
  'position',
  'observed_at',
  'claim',
  'versions',
];

function* recordRows(
  { object, run, round, batch }: Delivery,
  claims: readonly DeliveredClaim[],
): Generator<readonly CopyValue[]> {
  for (const { record } of claims) {
    if (record === null) continue;
    const { id, crmId, base, state, wrote } = record;
    const change = wrote ? [run, round, batch] : [null, null, null];
    yield [id, object, crmId, base, state ?? 'live', ...change];
  }
}

function* claimRows({ syncNo }: Delivery, claims: readonly DeliveredClaim[]): Generator<readonly CopyValue[]> {
  for (const {
    key,
    keyHash,
    operation,
    state,
    reason,
    tries,
    version,
    observedAt,
    claim,
    versions,
    record,
  } of claims) {
    const link = [BigInt.asIntN(64, keyHash), record?.id ?? null];
    const { source, read, position } = version;
    const seen = new Date(observedAt).toISOString();
    yield [syncNo, key, ...link, operation, state, reason, tries, source, read, position, seen, claim, versions];
  }
}

async function mergeStaged(client: Client, delivery: Delivery, claims: readonly DeliveredClaim[]): Promise<void> {
  await client.query(`create temporary table delivered (${STAGED}) on commit drop`);
  const columns = STAGED.split(',').map((column) => column.trim().split(' ')[0] ?? '');
  await copyRows(client, { table: 'delivered', columns }, claims.map(toStaged));
  const records = claims.flatMap((claim) => claim.record ?? []);
  if (records.some((record) => record.isNew)) await insertRecords(client, delivery);
  if (records.some(changesKnown)) await updateRecords(client, delivery);
  if (records.some((record) => !record.isNew && !changesKnown(record))) await touchRecords(client, delivery);
  await client.query(
    `insert into crosswalk (sync_no, key, key_hash, record_id, operation, state, reason, tries, version, read, position,
       observed_at, claim, versions)
     select $1, key, key_hash, record_id, operation, state, reason, tries, version, read, position, observed_at, claim, versions
     from delivered where claim is not null
     on conflict (sync_no, key) do update set
       record_id = coalesce(excluded.record_id, crosswalk.record_id), operation = excluded.operation,
       state = excluded.state, reason = excluded.reason, tries = excluded.tries, version = excluded.version,
       read = excluded.read, position = excluded.position, claim = excluded.claim, versions = excluded.versions, observed_at = excluded.observed_at`,
    [delivery.syncNo],
  );
}

/** A newer good version resolves what is in quarantine. */
async function settleQuarantined(client: Client, syncNo: number, claims: readonly DeliveredClaim[]): Promise<void> {
  const open = await client.query(`select 1 from quarantine where sync_no = $1 and state = 'open' limit 1`, [syncNo]);
  if (open.rowCount === 0) return;
  const accepted = claims.filter(({ claim }) => claim !== null);
  await client.query(
    `update quarantine q set state = 'resolved', resolution = 'accepted', resolved_at = now()
     from unnest($2::text[], $3::bigint[], $4::bigint[]) as d (key, read, position)
     where q.sync_no = $1 and q.identity = d.key and q.state = 'open' and (q.read, q.position) <= (d.read, d.position)`,
    [
      syncNo,
      accepted.map(({ key }) => key),
      accepted.map(({ version }) => version.read),
      accepted.map(({ version }) => version.position),
    ],
  );
}

function changesKnown({ isNew, wrote, state, base }: DeliveredRecord): boolean {
  return !isNew && (wrote || state !== null || base !== null);
}

/** Two syncs may meet an existing CRM record for the first time at once: the bases are then put together. */
async function insertRecords(client: Client, { object, run, round, batch }: Delivery): Promise<void> {
  await client.query(
    `with stored as (
       insert into record (id, object, crm_id, base, state, change_run, change_round, change_batch)
       select record_id, $1, crm_id, base, coalesce(record_state, 'live'), case when wrote then $2::bigint end,
         case when wrote then $3::integer end, case when wrote then $4::integer end
       from delivered where is_new
       on conflict (object, crm_id) do update set base = (record.base::jsonb || excluded.base::jsonb)::text,
         state = excluded.state, revision = record.revision + 1,
         change_run = coalesce(excluded.change_run, record.change_run),
         change_round = coalesce(excluded.change_round, record.change_round),
         change_batch = coalesce(excluded.change_batch, record.change_batch)
       returning id, crm_id)
     update delivered d set record_id = s.id from stored s where s.crm_id = d.crm_id and s.id <> d.record_id`,
    [object, run, round, batch],
  );
}

async function updateRecords(client: Client, { run, round, batch }: Delivery): Promise<void> {
  await client.query(
    `update record r set base = coalesce(d.base, r.base), state = coalesce(d.record_state, r.state), revision = r.revision + 1,
       crm_id = d.crm_id,
       change_run = case when d.wrote then $1 else r.change_run end,
       change_round = case when d.wrote then $2 else r.change_round end,
       change_batch = case when d.wrote then $3 else r.change_batch end
     from delivered d where r.id = d.record_id and not d.is_new
       and (d.wrote or d.record_state is not null or d.base is not null)`,
    [run, round, batch],
  );
}

/** Another claim of a record may not have changed the CRM, and decides all the same what the next one means. */
async function touchRecords(client: Client, { syncNo }: Delivery): Promise<void> {
  await client.query(
    `update record r set revision = revision + 1
     where id in (
       select d.record_id from delivered d left join crosswalk c on c.sync_no = $1 and c.key = d.key
       where d.claim is not null and not d.is_new and not d.wrote and d.record_state is null and d.base is null
         and (c.record_id, c.operation, c.version, c.claim, c.versions)
           is distinct from (d.record_id, d.operation, d.version, d.claim, d.versions)
     )`,
    [syncNo],
  );
}

function toStaged(claim: DeliveredClaim): readonly (string | number | boolean | bigint | null)[] {
  const { record, version } = claim;
  return [
    claim.key,
    BigInt.asIntN(64, claim.keyHash),
    claim.operation,
    claim.state,
    claim.reason,
    claim.tries,
    version.source,
    version.read,
    version.position,
    new Date(claim.observedAt).toISOString(),
    claim.claim,
    claim.versions,
    record?.id ?? null,
    record?.crmId ?? null,
    record?.isNew ?? null,
    record?.base ?? null,
    record?.state ?? null,
    record?.wrote ?? null,
  ];
}
