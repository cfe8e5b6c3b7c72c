// The SQL of a stream: its rows as JSON text, in an order that a read can go on in.

import type { TableRead } from '../../domain/definition.ts';
import { quoteIdentifier } from '../../postgres/client.ts';
import type { Column, TablePlan, TablePosition } from './state.ts';

export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** `from` of every statement: the table, or the query as a table. */
export function relationOf({ table, query }: TableRead): string {
  if (table !== null) return table.split('.').map(quoteIdentifier).join('.');
  return `(${(query ?? '').trim().replace(/;\s*$/, '')}\n)`;
}

interface SortKey {
  readonly sql: string;
  readonly type: string;
}

/**
 * What rows are read in the order of: by change for a part, by key for everything; then by all that they say, unless the key
 * tells them apart.
 */
export function sortKeys({ keyColumns, cursor }: TableRead, { part, columns, unique }: TablePlan): readonly SortKey[] {
  const names = part === 'snapshot' || cursor === null ? keyColumns : [cursor, ...keyColumns];
  const keys = names.map((name) => ({ sql: inRow(name), type: typeOf(columns, name) ?? 'text' }));
  return unique ? keys : [...keys, { sql: 'md5(row_to_json(r)::text)', type: 'text' }];
}

/**
 * All rows of a plan after a position: `json`, and the sort values as text. One statement sees one state of the table.
 * NULLs come last, which is what PostgreSQL's indexes hold.
 */
export function readStatement(read: TableRead, plan: TablePlan, after: TablePosition | null): Statement {
  const values: unknown[] = [];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const sort = sortKeys(read, plan);
  const conditions = [...windowOf(read, plan, bind), ...(after === null ? [] : [restOf(sort, after, bind)])];
  const where = conditions.length === 0 ? '' : ` where ${conditions.map((one) => `(${one})`).join(' and ')}`;
  const names = sort.map(({ sql }) => sql);
  const selected = ['row_to_json(r)::text as json', ...names.map((name, index) => `${name}::text as s${index}`)];
  return {
    text: `select ${selected.join(', ')} from ${relationOf(read)} r${where} order by ${names.join(', ')}`,
    values,
  };
}

type Bind = (value: unknown) => string;

/** Changes since the last read; and rows that no window ever holds: those without a time, and those of the future. */
function windowOf({ cursor }: TableRead, { part, columns, since, until, clock }: TablePlan, bind: Bind): string[] {
  if (part === 'snapshot' || cursor === null) return [];
  const name = inRow(cursor);
  const type = boundType(columns, cursor);
  const at = (time: string | null): string => `${bind(time)}::${type}`;
  const bounds = [
    ...(since === null ? [] : [`${name} >= ${at(since)}`]),
    ...(until === null ? [] : [`${name} <= ${at(until)}`]),
  ].join(' and ');
  if (part === 'backfill') return [bounds];
  return [`(${bounds}) or ${name} > ${at(clock)} or ${name} is null or ${name} = '-infinity'`];
}

/** The type that times are compared as with a cursor. */
export function boundType(columns: readonly Column[], cursor: string): 'timestamptz' | 'timestamp' {
  return typeOf(columns, cursor) === 'timestamp with time zone' ? 'timestamptz' : 'timestamp';
}

export function typeOf(columns: readonly Column[], name: string): string | undefined {
  return columns.find((column) => column.name === name)?.type;
}

/** Rows after the position: (a > x) or (a = x and b > y) …, where nothing comes after a NULL but other NULLs. */
function restOf(sort: readonly SortKey[], after: TablePosition, bind: Bind): string {
  const equal: string[] = [];
  const either: string[] = [];
  for (const [index, { sql: name, type }] of sort.entries()) {
    const value = after.sort[index] ?? null;
    const bound = value === null ? '' : `${bind(value)}::${type}`;
    if (value !== null) either.push([...equal, `(${name} > ${bound} or ${name} is null)`].join(' and '));
    equal.push(value === null ? `${name} is null` : `${name} = ${bound}`);
  }
  return either.map((one) => `(${one})`).join(' or ');
}

/** Rows by key; each list holds one column's values. */
export function lookupStatement(
  read: TableRead,
  columns: readonly Column[],
  keys: readonly (readonly string[])[],
): Statement {
  const lists = read.keyColumns.map((_, index) => keys.map((parts) => parts[index] ?? ''));
  const arrays = read.keyColumns.map((name, index) => `$${index + 1}::${typeOf(columns, name) ?? 'text'}[]`);
  const wanted = read.keyColumns.map((_, index) => `k${index}`);
  const matches = read.keyColumns.map((name, index) => `${inRow(name)} = k.k${index}`);
  return {
    text: `select row_to_json(r)::text as json from unnest(${arrays.join(', ')}) as k (${wanted.join(', ')})
      join ${relationOf(read)} r on ${matches.join(' and ')}`,
    values: lists,
  };
}

function inRow(column: string): string {
  return `r.${quoteIdentifier(column)}`;
}
