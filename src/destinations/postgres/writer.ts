// Writes one batch into one table, inside the caller's transaction: a handful of statements for each set of fields.
//
//   creates ──► COPY into the table itself, where that may be
//   the rest ──► stage (COPY) ──► inserts, updates, deletes, one statement for each distinct set of fields
//        a constraint refuses ──► back to the savepoint, halves, until the refused records stand alone

import type { ObjectDefinition } from '../../domain/definition.ts';
import type { Fields } from '../../domain/values.ts';
import { type Client, copyRows, type CopyValue } from '../../postgres/client.ts';
import { codeOf, troubleOf } from '../../postgres/errors.ts';
import type { Delivered, PlannedWrite } from '../destination.ts';
import { archiveGroup, restoreGroup } from './archive.ts';
import { takenIdentities } from './identities.ts';
import { selectList, type Table, toFields, toText } from './table.ts';

interface Target {
  readonly client: Client;
  readonly object: ObjectDefinition;
  readonly table: Table;
}

const UNIQUE_VIOLATION = '23505';
const STAGE = 'pg_temp.tributary_stage';

/** Creates the staging table for this transaction, typed like the destination's columns, unless it is there. */
async function prepareStage({ client, table }: Target): Promise<void> {
  const fields = Object.values(table.columns).map((column, index) => `f${index} ${column.type}`);
  await client.query(
    `create temporary table if not exists tributary_stage (ordinal integer, grp integer, id ${table.id.type}, ${fields.join(', ')}) on commit drop`,
  );
}

/** Applies the writes; refused ones are found by halving and reported. */
export async function applyWrites(target: Target, writes: readonly PlannedWrite[]): Promise<readonly Delivered[]> {
  if (writes.length === 0) return [];
  const { client } = target;
  await client.query('savepoint batch');
  try {
    const delivered = await applyAll(target, writes);
    await client.query('release savepoint batch');
    return delivered;
  } catch (error) {
    if (troubleOf(error) !== 'data') throw error;
    await client.query('rollback to savepoint batch');
    const [only] = writes;
    if (writes.length === 1 && only !== undefined) {
      const exists = error instanceof Error && codeOf(error) === UNIQUE_VIOLATION;
      const late = exists && (await takenIdentities(target, [only])).size > 0;
      return [late ? { ordinal: only.ordinal, result: 'changed', crmId: only.crmId } : refused(only, error)];
    }
    const half = Math.ceil(writes.length / 2);
    return [...(await applyWrites(target, writes.slice(0, half))), ...(await applyWrites(target, writes.slice(half)))];
  }
}

/**
 * The server's message names constraint and column; its detail holds values and is left out. So are the values that
 * messages about malformed data quote.
 */
function refused(write: PlannedWrite, error: unknown): Delivered {
  const code = error instanceof Error ? codeOf(error) : undefined;
  const message = error instanceof Error ? error.message : 'refused';
  const plain = code?.startsWith('22') === true ? message.replace(/:? ?"[\s\S]*"/g, '') : message;
  return {
    ordinal: write.ordinal,
    result: 'refused',
    crmId: write.crmId,
    reason: `${plain.slice(0, 190)} (${code ?? 'error'})`,
  };
}

async function applyAll(target: Target, writes: readonly PlannedWrite[]): Promise<readonly Delivered[]> {
  const groups = groupByFields(target, writes);
  const ids = await newIds(target, writes);
  const copied = groups.filter((group) => target.table.copies && group.isNew);
  for (const group of copied) await copyCreates(target, group, ids);
  const staged = groups.filter((group) => !copied.includes(group));
  if (staged.length > 0) await stageAndApply(target, staged, ids);
  const defaults = await readDefaults(target, groups, ids);
  return writes.map((write) => {
    const crmId = write.crmId ?? ids.get(write.ordinal) ?? null;
    const given = crmId === null || write.action !== 'create' ? undefined : givenBesides(write, defaults.get(crmId));
    return { ordinal: write.ordinal, result: 'applied', crmId, ...(given === undefined ? {} : { defaults: given }) };
  });
}

async function copyCreates({ client, table }: Target, group: Group, ids: ReadonlyMap<number, string>): Promise<void> {
  const names = Object.keys(table.columns);
  const chosen = group.columns.map((index) => {
    const field = names[index] ?? '';
    return { field, column: table.columns[field] };
  });
  function* rows(): Generator<readonly CopyValue[]> {
    for (const write of group.writes) {
      const values: CopyValue[] = [write.crmId ?? ids.get(write.ordinal) ?? null];
      for (const { field, column } of chosen) values.push(toText(column, write.set[field] ?? null));
      yield values;
    }
  }
  const columns = [table.id.sql, ...chosen.map(({ column }) => column?.sql ?? '')];
  await copyRows(client, { table: table.sql, columns }, rows());
}

async function stageAndApply(
  target: Target,
  groups: readonly Group[],
  ids: ReadonlyMap<number, string>,
): Promise<void> {
  await prepareStage(target);
  await stage(target, groups, ids);
  for (const [number, group] of groups.entries()) await applyGroup(target, number, group);
  await target.client.query(`truncate ${STAGE}`);
}

interface Group {
  readonly action: PlannedWrite['action'];
  readonly archive: boolean;
  /** Records that the CRM never had, to which it gives an id. */
  readonly isNew: boolean;
  /** Indexes into the table's columns. */
  readonly columns: readonly number[];
  readonly writes: readonly PlannedWrite[];
}

/** Of new records only those columns tell groups apart that the CRM may fill by itself: the others are empty anyway. */
function groupByFields({ table }: Target, writes: readonly PlannedWrite[]): readonly Group[] {
  const names = Object.keys(table.columns);
  const fresh = writes.filter(isFresh);
  const given = new Set(fresh.flatMap((write) => Object.keys(write.set)));
  const emptied = names.map((name) => given.has(name) && table.columns[name]?.filled === false);
  const groups = new Map<string, Group & { readonly writes: PlannedWrite[] }>();
  for (const write of writes) {
    const { action } = write;
    const archive = write.archive === true;
    const isNew = isFresh(write);
    let mask = '';
    for (const [index, name] of names.entries()) {
      const has = action !== 'delete' && Object.hasOwn(write.set, name);
      mask += has || (isNew && emptied[index] === true) ? '1' : '0';
    }
    const key = `${action} ${archive} ${isNew} ${mask}`;
    const group = groups.get(key) ?? { action, archive, isNew, columns: placesOf('1', mask), writes: [] };
    group.writes.push(write);
    groups.set(key, group);
  }
  return [...groups.values()];
}

function isFresh({ action, crmId }: PlannedWrite): boolean {
  return action === 'create' && crmId === null;
}

function placesOf(character: string, text: string): readonly number[] {
  return Array.from(text).flatMap((one, index) => (one === character ? [index] : []));
}

async function stage(
  { client, table }: Target,
  groups: readonly Group[],
  ids: ReadonlyMap<number, string>,
): Promise<void> {
  const columns = Object.entries(table.columns);
  const names = ['ordinal', 'grp', 'id', ...columns.map((_column, index) => `f${index}`)];
  function* rows(): Generator<readonly CopyValue[]> {
    for (const [number, group] of groups.entries()) {
      for (const write of group.writes) {
        const values = columns.map(([field, column]) => toText(column, write.set[field] ?? null));
        yield [write.ordinal, number, write.crmId ?? ids.get(write.ordinal) ?? null, ...values];
      }
    }
  }
  await copyRows(client, { table: STAGE, columns: names }, rows());
  // Without statistics the planner may read the whole destination table for each batch.
  await client.query(`analyze ${STAGE} (grp, id)`);
}

/** New records get their ids before they are written, so that each is known by its ordinal. */
async function newIds(
  { client, table }: Target,
  writes: readonly PlannedWrite[],
): Promise<ReadonlyMap<number, string>> {
  const creates = writes.filter((write) => write.action === 'create' && write.crmId === null);
  if (table.newId === null || creates.length === 0) return new Map();
  const { rows } = await client.query<[string]>({
    text: `select (${table.newId})::text from generate_series(1, $1::integer)`,
    values: [creates.length],
    rowMode: 'array',
  });
  return new Map(creates.map((write, index) => [write.ordinal, rows[index]?.[0] ?? '']));
}

async function applyGroup({ client, table }: Target, number: number, group: Group): Promise<void> {
  const columns = Object.values(table.columns);
  const chosen = group.columns.flatMap((index) => {
    const column = columns[index];
    return column === undefined ? [] : [{ sql: column.sql, staged: `f${index}` }];
  });
  const moving = table.archive === null ? null : { client, table, archive: table.archive, stage: STAGE, group: number };
  if (group.action === 'create') {
    const back = moving !== null && group.writes.some(({ crmId }) => crmId !== null);
    if (back) {
      await restoreGroup(moving);
      await updateGroup({ client, table }, number, chosen);
    }
    const into = [table.id.sql, ...chosen.map((column) => column.sql)].join(', ');
    const from = ['id', ...chosen.map((column) => column.staged)].join(', ');
    await client.query(
      `insert into ${table.sql} (${into}) overriding system value select ${from} from ${STAGE} s where grp = $1
       ${back ? `and not exists (select 1 from ${table.sql} t where t.${table.id.sql} = s.id)` : ''} order by ordinal`,
      [number],
    );
  } else if (group.action === 'delete' && group.archive && moving !== null) {
    await archiveGroup(moving);
  } else if (group.action === 'delete') {
    await client.query(`delete from ${table.sql} t using ${STAGE} s where s.grp = $1 and t.${table.id.sql} = s.id`, [
      number,
    ]);
  } else {
    await updateGroup({ client, table }, number, chosen);
  }
}

async function updateGroup(
  { client, table }: Pick<Target, 'client' | 'table'>,
  number: number,
  chosen: readonly { readonly sql: string; readonly staged: string }[],
): Promise<void> {
  if (chosen.length === 0) return;
  const sets = chosen.map((column) => `${column.sql} = s.${column.staged}`).join(', ');
  await client.query(
    `update ${table.sql} t set ${sets} from ${STAGE} s where s.grp = $1 and t.${table.id.sql} = s.id`,
    [number],
  );
}

function givenBesides(write: PlannedWrite, all: Fields | undefined): Fields | undefined {
  const given = Object.entries(all ?? {}).filter(
    ([field, value]) => value !== null && !Object.hasOwn(write.set, field),
  );
  return given.length === 0 ? undefined : Object.fromEntries(given);
}

/** New records as the CRM has them, where its own defaults may have filled fields of ours that a create left out. */
async function readDefaults(
  { client, object, table }: Target,
  groups: readonly Group[],
  ids: ReadonlyMap<number, string>,
): Promise<ReadonlyMap<string, Fields>> {
  const columns = Object.values(table.columns);
  const left = groups.filter(
    ({ action, columns: written }) =>
      action === 'create' && columns.some((column, index) => column.default !== null && !written.includes(index)),
  );
  if (left.length === 0) return new Map();
  const made = left.flatMap(({ writes }) => writes.flatMap(({ crmId, ordinal }) => crmId ?? ids.get(ordinal) ?? []));
  const { rows } = await client.query<Record<string, string | null>>(
    `select ${selectList(table)} from ${table.sql} where ${table.id.sql} = any($1::${table.id.type}[])`,
    [made],
  );
  return new Map(rows.map((row) => [row['id'] ?? '', toFields(object, table, row)]));
}
