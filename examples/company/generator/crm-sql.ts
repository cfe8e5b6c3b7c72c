// The CRM as one SQL script.

import { CRM_TABLES, CRM_TRIGGERS } from './crm-schema.ts';
import type { Row } from './crm-rows.ts';

/** Rows by table, in the order in which they can be inserted. */
export type CrmTables = Readonly<Record<string, readonly Row[]>>;

const STAMP = "'2026-08-01T08:00:00Z'";

/** Plain SQL without psql commands, for one simple query. It fails where there is a schema `crm` already. */
export function writeCrm(tables: CrmTables): string {
  return [
    '-- The CRM of the example company: somebody else’s database. Tributary knows of it what tributary.yaml says.',
    '-- Written by generate.ts; change that, not this.',
    'begin;',
    '',
    CRM_TABLES,
    ...Object.entries(tables).map(([table, rows]) => insertRows(table, rows)),
    CRM_TRIGGERS,
    'commit;',
    '',
  ].join('\n');
}

function insertRows(table: string, rows: readonly Row[]): string {
  const columns = [...Object.keys(rows[0] ?? {}), 'created_at', 'updated_at'];
  const values = rows.map((row) => `  (${Object.values(row).map(literal).join(', ')}, ${STAMP}, ${STAMP})`);
  return [
    `insert into crm.${table} (${columns.join(', ')}) values`,
    `${values.join(',\n')};`,
    `select setval(pg_get_serial_sequence('crm.${table}', 'id'), ${rows.length});`,
    '',
  ].join('\n');
}

function literal(value: string | number | boolean | null): string {
  if (value === null) return 'null';
  return typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);
}
