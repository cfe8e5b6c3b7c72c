// Mistakes that show only when two places are compared.

import { NAME_FIELD, RULE, withObjectKey, type Case } from './cases.ts';

export const NAMES: readonly Case[] = [
  {
    title: 'a sync to an unknown object',
    sync: ['to: account', 'to: acount'],
    expected: ['syncs/customers.yaml:3:5  expected an object (account, owner); found `acount` [account]'],
  },
  {
    title: 'a sync from an unknown connection',
    sync: ['connection: erp', 'connection: erpp'],
    expected: ['syncs/customers.yaml:2:21  expected a connection (erp, oa, crm); found `erpp` [erp]'],
  },
  {
    title: 'an object with an unknown destination',
    tributary: ['destination: crm\n    fields:\n      external', 'destination: crmm\n    fields:\n      external'],
    expected: ['tributary.yaml:8:18  expected a connection (erp, oa, crm); found `crmm` [crm]'],
  },
  {
    title: 'an unknown kind of connector',
    tributary: ['{ kind: file, path: ./erp }', '{ kind: fil, path: ./erp }'],
    expected: ['tributary.yaml:3:16  expected a kind of connector (file, postgres, warehouse); found `fil` [file]'],
  },
  {
    title: 'a destination as a source',
    tributary: ['kind: postgres, url', 'kind: warehouse, url'],
    sync: ['connection: erp', 'connection: crm'],
    expected: [
      'syncs/customers.yaml:2:21  expected a connection that can be read from (file, postgres); `crm` is warehouse',
    ],
  },
  {
    title: 'a source as a destination',
    tributary: ['destination: crm\n    fields:\n      external', 'destination: erp\n    fields:\n      external'],
    expected: [
      'tributary.yaml:8:18  expected a connection that can be delivered to (postgres, warehouse); `erp` is file',
    ],
  },
  {
    title: 'a map of an unknown field',
    sync: ['  external_id: id', '  externl_id: id'],
    expected: [
      'syncs/customers.yaml:5:3  expected a field of account (external_id, name, email, credit_limit, owner); found `externl_id` [external_id]',
    ],
  },
  {
    title: 'a match key that is no field',
    tributary: withObjectKey('match: [external_id, emial]'),
    expected: [
      'tributary.yaml:9:26  expected a field of account (external_id, name, email, credit_limit, owner); found `emial` [email]',
    ],
  },
  {
    title: 'most_recent, and nothing says when the CRM changed a record',
    tributary: ['name: {', 'name: { conflict: most_recent,'],
    expected: [
      'tributary.yaml:11:25  `most_recent` needs `modified` on the object: the field that says when the CRM changed a record',
    ],
  },
  {
    title: 'a modified that is no date-time',
    tributary: withObjectKey('modified: name'),
    expected: ['tributary.yaml:9:15  expected a field of type datetime; `name` is of type text'],
  },
  {
    title: 'a field of which an unknown connection may speak',
    tributary: ['name: {', 'name: { sources: [oa, erpp],'],
    expected: ['tributary.yaml:11:29  expected a connection (erp, oa, crm); found `erpp` [erp]'],
  },
  {
    title: 'a match key given twice',
    tributary: withObjectKey('match: [email, email]'),
    expected: ['tributary.yaml:9:20  expected each name once; found `email` again'],
  },
  {
    title: 'a group with an unknown field',
    tributary: withObjectKey('groups: { address: [nme] }'),
    expected: [
      'tributary.yaml:9:25  expected a field of account (external_id, name, email, credit_limit, owner); found `nme` [name]',
    ],
  },
  {
    title: 'a field in two groups',
    tributary: withObjectKey('groups: { a: [name], b: [name] }'),
    expected: ['tributary.yaml:9:30  expected each field in one group; `name` is in `a` already'],
  },
  {
    title: 'a rank with an unknown connection',
    tributary: [NAME_FIELD, 'name: { type: text, resolve: { rank: [erp, ao] } }'],
    expected: ['tributary.yaml:11:50  expected a connection (erp, oa, crm); found `ao` [oa]'],
  },
  {
    title: 'a reference to an unknown object',
    tributary: ['object: owner', 'object: ownr'],
    expected: ['tributary.yaml:14:41  expected an object (account, owner); found `ownr` [owner]'],
  },
  {
    title: 'a reference by an unknown field',
    tributary: ['by: employee_no', 'by: employe_no'],
    expected: ['tributary.yaml:14:52  expected a field of owner (employee_no); found `employe_no` [employee_no]'],
  },
  {
    title: 'a rule on an unknown field',
    sync: [RULE, '{ field: nam, required: true }'],
    expected: [
      'syncs/customers.yaml:8:14  expected a field of account (external_id, name, email, credit_limit, owner); found `nam` [name]',
    ],
  },
  {
    title: 'a rule on a field that is not mapped',
    sync: [RULE, '{ field: email, email: true }'],
    expected: ['syncs/customers.yaml:8:14  expected a field that `map` makes (external_id, name); found `email`'],
  },
  {
    title: 'two fields with one column',
    tributary: [NAME_FIELD, 'name: { type: text, column: email }'],
    expected: ['tributary.yaml:12:7  expected a column of its own; `email` is that of `name`'],
  },
  {
    title: 'a field with the column of the id',
    tributary: [NAME_FIELD, 'id: { type: text }'],
    expected: [
      'tributary.yaml:11:7  expected a column of its own; `id` is that of the id',
      'syncs/customers.yaml:6:3  expected a field of account (external_id, id, email, credit_limit, owner); found `name`',
    ],
  },
  {
    title: 'an unknown field that deactivates',
    tributary: withObjectKey('deletes: { deactivate: { state: x } }'),
    expected: [
      'tributary.yaml:9:30  expected a field of account (external_id, name, email, credit_limit, owner); found `state`',
    ],
  },
  {
    title: 'a value of another type that deactivates',
    tributary: withObjectKey('deletes: { deactivate: { credit_limit: low } }'),
    expected: ['tributary.yaml:9:44  expected a value of type decimal; `low` is not a decimal number'],
  },
  {
    title: 'a constant of another type',
    sync: ['  external_id: id', '  external_id: id\n  credit_limit: { value: true }'],
    expected: ['syncs/customers.yaml:6:26  expected a value of type decimal; `true` is not a decimal number'],
  },
  {
    title: 'a code that means another type',
    sync: ['  external_id: id', '  external_id: id\n  credit_limit: { from: c, codes: { A: 1, B: x }, default: none }'],
    expected: [
      'syncs/customers.yaml:6:46  expected a value of type decimal; `x` is not a decimal number',
      'syncs/customers.yaml:6:60  expected a value of type decimal; `none` is not a decimal number',
    ],
  },
  {
    title: 'a pattern whose format is not known',
    sync: ['customers-*.csv', 'customers-*.txt'],
    expected: [
      'syncs/customers.yaml:2:34  expected `format`, since the pattern does not end in .csv, .json, .ndjson, .jsonl or .xml',
    ],
  },
  {
    title: 'XML without the path of its records',
    sync: ['customers-*.csv', 'customers-*.xml'],
    expected: ['syncs/customers.yaml:2:1  `record` is required for XML: expected a path such as customers/customer'],
  },
  {
    title: 'JSON with a path that is none',
    sync: ['key: id', 'key: id, format: json, record: data..items'],
    expected: [
      'syncs/customers.yaml:2:84  expected a path such as data.employees, pages[].items or "name.with.dots"; empty for the whole document',
    ],
  },
  {
    title: 'CSV with a path of its records',
    sync: ['key: id', 'key: id, record: a/b'],
    expected: ['syncs/customers.yaml:2:70  expected no `record`: in csv every line is one'],
  },
  {
    title: 'a dialect of CSV on JSON',
    sync: ['"customers-*.csv"', '"customers-*.json", csv: { delimiter: ";" }'],
    expected: ['syncs/customers.yaml:2:54  expected no `csv`: the stream is json'],
  },
  {
    title: 'a trailer on a format that ends by itself',
    sync: ['"customers-*.csv"', '"customers-*.json", complete: { trailer: "END|{count}" }'],
    expected: ['syncs/customers.yaml:2:64  expected no `trailer`: json ends by itself'],
  },
  {
    title: 'files that are read once each as a whole snapshot',
    sync: ['key: id', 'key: id, files: since, complete: trust'],
    expected: ['syncs/customers.yaml:2:86  expected no `complete`: files that are read once each are no snapshot'],
  },
  {
    title: 'a trailer without a number',
    sync: ['key: id', 'key: id, complete: { trailer: END }'],
    expected: ['syncs/customers.yaml:2:83  expected a text with {count} once, such as END|{count}; found `END`'],
  },
  {
    title: 'a pattern with a date that is none',
    sync: ['customers-*.csv', 'customers-{date:YYYY}.csv'],
    expected: [
      'syncs/customers.yaml:2:34  expected yyyy, MM, dd, HH, mm, ss in {date:…}; found `customers-{date:YYYY}.csv`',
    ],
  },
  {
    title: 'one character as quote and delimiter',
    sync: ['key: id', "key: id, csv: { delimiter: ';', quote: ';' }"],
    expected: ['syncs/customers.yaml:2:92  expected another quote than the delimiter; found `;` in both'],
  },
  {
    title: 'one character as escape and delimiter',
    sync: ['key: id', "key: id, csv: { delimiter: ';', escape: ';' }"],
    expected: ['syncs/customers.yaml:2:93  expected another escape than the delimiter; found `;` in both'],
  },
  {
    title: 'an escape without quotes',
    sync: ['key: id', "key: id, csv: { quote: '', escape: '\\' }"],
    expected: ['syncs/customers.yaml:2:88  expected no `escape`: without quotes every character means itself'],
  },
  {
    title: 'a comment that looks like a row',
    sync: ['key: id', "key: id, csv: { comment: ',-' }"],
    expected: ['syncs/customers.yaml:2:78  expected a text that no row begins with; found `,-`'],
  },
  {
    title: 'a last line of a format that shows its end',
    sync: ['"customers-*.csv"', '"customers-*.json", last_line: hold'],
    expected: ['syncs/customers.yaml:2:54  expected no `last_line`: the end of json shows whether it is whole'],
  },
  {
    title: 'a column that is named twice',
    sync: ['key: id', 'key: id, csv: { columns: [id, id] }'],
    expected: ['syncs/customers.yaml:2:78  expected names that differ; found a list'],
  },
  {
    title: 'an encoding that is not read',
    sync: ['key: id', 'key: id, encoding: iso-2022-jp'],
    expected: [
      'syncs/customers.yaml:2:72  expected `auto` or an encoding such as utf-8, gb18030 or windows-1252; found `iso-2022-jp`',
    ],
  },
  {
    title: 'a sync with another name than its file',
    sync: ['sync: customers', 'sync: clients'],
    expected: ["syncs/customers.yaml:1:7  expected the file's name `customers`; found `clients` [customers]"],
  },
];

export const REFERENCES: readonly Case[] = [
  {
    title: 'a reference in an object',
    tributary: withObjectKey('table: "${env:TABLE}"'),
    expected: [
      'tributary.yaml:9:12  references are allowed in connections, notify and the authentication of systems only; found `${`',
    ],
  },
  {
    title: 'a reference in a sync',
    sync: ['key: id', 'key: "${env:KEY}"'],
    expected: [
      'syncs/customers.yaml:2:58  references are allowed in connections, notify and the authentication of systems only; found `${`',
    ],
  },
  {
    title: 'a reference as the kind of a connection',
    tributary: ['kind: file, path: ./oa', 'kind: "${env:KIND}", path: ./oa'],
    expected: [
      'tributary.yaml:4:15  references are allowed in connections, notify and the authentication of systems only; found `${`',
    ],
  },
  {
    title: 'a reference without a scheme',
    tributary: ['"${env:CRM_URL}"', '"${CRM_URL}"'],
    expected: ['tributary.yaml:5:31  expected ${env:NAME}, ${env:NAME:-default} or ${file:PATH}'],
  },
  {
    title: 'a reference that is not closed',
    tributary: ['"${env:CRM_URL}"', '"${env:CRM_URL"'],
    expected: ['tributary.yaml:5:31  expected ${env:NAME}, ${env:NAME:-default} or ${file:PATH}'],
  },
];
