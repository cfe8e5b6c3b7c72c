// Mistakes in streams that are tables, and in files that would be some.

import type { Case } from './cases.ts';

const TABLE = 'stream: "customers-*.csv"';

export const TABLES: readonly Case[] = [
  {
    title: 'a stream that is neither files nor a table',
    sync: [`${TABLE}, `, ''],
    expected: ['syncs/customers.yaml:2:9  expected one of `stream` (files), `table`, `query`; found none'],
  },
  {
    title: 'a table and a query at once',
    sync: [TABLE, 'table: customer, query: select 1'],
    expected: ['syncs/customers.yaml:2:43  expected one of `stream` (files), `table`, `query`; found table and query'],
  },
  {
    title: 'a table of a connection to files',
    sync: [TABLE, 'table: customer'],
    expected: ['syncs/customers.yaml:2:26  expected `stream`: `erp` is file'],
  },
  {
    title: 'files of a connection to a database',
    sync: ['connection: erp', 'connection: crm'],
    expected: ['syncs/customers.yaml:2:26  expected `table` or `query`: `crm` is postgres'],
  },
  {
    title: 'files read by change',
    sync: [TABLE, `${TABLE}, read: incremental, cursor: updated_at`],
    expected: [
      'syncs/customers.yaml:2:59  expected snapshot: files are read as a whole; `files: since` reads each once',
      'syncs/customers.yaml:2:72  `cursor` is for tables and queries',
    ],
  },
  {
    title: 'a table read by change without a cursor, with a format',
    sync: [`erp, ${TABLE}`, 'crm, table: customer, read: incremental, format: csv'],
    expected: [
      'syncs/customers.yaml:2:49  expected `cursor` beside `read: incremental`: the column of the last change',
      'syncs/customers.yaml:2:62  `format` is for files',
    ],
  },
  {
    title: 'a lookback where everything is read',
    sync: [`erp, ${TABLE}`, 'crm, table: customer, lookback: 1h'],
    expected: ['syncs/customers.yaml:2:43  `lookback` needs `read: incremental`'],
  },
  {
    title: 'a key that has nothing of the row',
    sync: [`erp, ${TABLE}, key: id`, 'crm, table: customer, each: lines, key: no'],
    expected: ['syncs/customers.yaml:2:61  expected at least one path of the row itself, such as parent.id'],
  },
];
