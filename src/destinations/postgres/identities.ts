// Who is who in a table: records by a match key, and creates that somebody else was faster with.
//
// Match said that nobody has the keys of a create. Between that and the write another run, or a person, may have come:
// what counts is what stands in the table when it is written. Writers of match keys take turns (`claimsIdentity`).

import type { FieldDefinition, ObjectDefinition } from '../../domain/definition.ts';
import { groupBy } from '../../domain/collections.ts';
import { matchKey } from '../../domain/field-types.ts';
import type { Value } from '../../domain/values.ts';
import type { Client } from '../../postgres/client.ts';
import { troubleOf } from '../../postgres/errors.ts';
import type { FoundRecord, PlannedWrite } from '../destination.ts';
import { type Column, keyExpression, type Table } from './table.ts';

interface Target {
  readonly client: Client;
  readonly object: ObjectDefinition;
  readonly table: Table;
}

/** The write gives a record a value by which records are matched: nobody else may do so until it is committed. */
export function claimsIdentity(object: ObjectDefinition, { action, set }: PlannedWrite): boolean {
  return action === 'create' || identifying(object).some((field) => Object.hasOwn(set, field));
}

/** The table itself keeps every value by which records are matched from occurring twice: writers need not take turns. */
export function areUnique(object: ObjectDefinition, table: Table): boolean {
  return identifying(object).every(
    (field) => object.fields[field]?.strong === true && table.columns[field]?.unique === true,
  );
}

/** Records that may have one of the normalised values: a superset, which the caller narrows. */
export async function findByKey(
  db: Pick<Client, 'query'>,
  {
    table,
    definition,
    column,
  }: { readonly table: Table; readonly definition: FieldDefinition; readonly column: Column },
  values: readonly string[],
): Promise<readonly FoundRecord[]> {
  const expression = keyExpression(definition.type, definition.strong, column);
  const cast = definition.strong && /^(text|character|citext)/.test(column.type) ? '' : '::text';
  const { rows } = await db.query<FoundRecord>(
    `select ${table.id.sql}::text as "crmId", ${column.sql}::text as value from ${table.sql}
     where (${expression})${cast} = any($1::text[])`,
    [values],
  );
  return rows;
}

/** Ordinals of creates of which a record of the CRM has the identity by now, or will have it by the same writes. */
export async function takenIdentities(target: Target, writes: readonly PlannedWrite[]): Promise<ReadonlySet<number>> {
  const taken = new Set<number>();
  const creates = writes.filter(({ action }) => action === 'create');
  const updates = writes.filter(({ action }) => action === 'update');
  for (const field of creates.length === 0 ? [] : identifying(target.object)) {
    const wanted = keysOf(target.object, field, creates);
    if (wanted.length === 0) continue;
    const given = keysOf(target.object, field, updates).map(({ one, key }) => ({ crmId: one.crmId ?? '', key }));
    const holders = groupBy([...(await holdersOf(target, field, wanted)), ...given], ({ key }) => key);
    for (const { one, key } of wanted) {
      if ((holders.get(key) ?? []).some(({ crmId }) => one.apart?.includes(crmId) !== true)) taken.add(one.ordinal);
    }
  }
  return taken;
}

interface Keyed {
  readonly one: PlannedWrite;
  /** Strong ids as they stand, other keys normalised. */
  readonly key: string;
}

function keysOf(object: ObjectDefinition, field: string, writes: readonly PlannedWrite[]): readonly Keyed[] {
  return writes.flatMap((one) => {
    const key = keyOf(object, field, one.set[field]);
    return key === null ? [] : [{ one, key }];
  });
}

function keyOf({ fields }: ObjectDefinition, field: string, value: Value | undefined): string | null {
  const definition = fields[field];
  if (definition === undefined || typeof value !== 'string' || value.includes('\u0000')) return null;
  return definition.strong ? value : matchKey(definition.type, value);
}

async function holdersOf(
  { client, object, table }: Target,
  field: string,
  wanted: readonly Keyed[],
): Promise<readonly { readonly crmId: string; readonly key: string }[]> {
  const definition = object.fields[field];
  const column = table.columns[field];
  if (definition === undefined || column === undefined) return [];
  const keys = [...new Set(wanted.map(({ key }) => key))];
  const found = definition.strong
    ? await valuesAmong(client, { table, column }, keys)
    : await findByKey(client, { table, definition, column }, keys);
  return found.map(({ crmId, value }) => ({ crmId, key: keyOf(object, field, value) ?? '' }));
}

/** The fields by which records are told from each other. */
function identifying(object: ObjectDefinition): readonly string[] {
  const strong = Object.keys(object.fields).filter((field) => object.fields[field]?.strong === true);
  return [...new Set([...strong, ...object.match])];
}

/** Records whose column holds one of the values; asked in the column's own type, so that its index serves. */
async function valuesAmong(
  client: Client,
  { table, column }: { readonly table: Table; readonly column: Column },
  values: readonly string[],
): Promise<readonly FoundRecord[]> {
  const ask = async (left: string, type: string): Promise<readonly FoundRecord[]> => {
    const { rows } = await client.query<FoundRecord>(
      `select ${table.id.sql}::text as "crmId", ${column.sql}::text as value from ${table.sql} where ${left} = any($1::${type}[])`,
      [values],
    );
    return rows;
  };
  await client.query('savepoint taken');
  try {
    return await ask(column.sql, column.type);
  } catch (error) {
    if (troubleOf(error) !== 'data') throw error;
    // Some value is none of the column's type: its own record will be refused for that, not its batch.
    await client.query('rollback to savepoint taken');
    return ask(`${column.sql}::text`, 'text');
  }
}
