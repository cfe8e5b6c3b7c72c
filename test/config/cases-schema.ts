// Mistakes in one place: YAML, keys, values.

import { NAME_FIELD, NAME_MAP, RULE, withObjectKey, type Case } from './cases.ts';

export const SYNTAX: readonly Case[] = [
  {
    title: 'a list that is not closed',
    sync: ['[squash] }', '[squash }'],
    expected: [
      'syncs/customers.yaml:6:38  expected valid YAML; found: flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
  },
  {
    title: 'a tab as indentation',
    tributary: ['  erp:', '\terp:'],
    expected: [
      'tributary.yaml:3:1  expected valid YAML; found: tabs are not allowed as indentation',
      'tributary.yaml:4:1  expected valid YAML; found: all mapping items must start at the same column',
      'tributary.yaml:5:1  expected valid YAML; found: all mapping items must start at the same column',
    ],
  },
  {
    title: 'a key given twice',
    tributary: ['connections:', 'project: other\nconnections:'],
    expected: ['tributary.yaml:2:1  expected each key once; found `project` again'],
  },
  {
    title: 'a key given twice as text and as number',
    sync: [NAME_MAP, 'name: { from: n, codes: { 1: a, "1": b } }'],
    expected: ['syncs/customers.yaml:6:35  expected each key once; found `1` again'],
  },
  {
    title: 'a prototype as a key',
    tributary: ['      name:', '      __proto__: { type: text }\n      name:'],
    expected: ['tributary.yaml:11:7  expected another name; `__proto__` cannot be a key'],
  },
  {
    title: 'a constructor as a key',
    sync: [NAME_MAP, 'name: { from: n, codes: { constructor: a } }'],
    expected: ['syncs/customers.yaml:6:29  expected another name; `constructor` cannot be a key'],
  },
  {
    title: 'an alias to nothing',
    tributary: ['path: ./erp', 'path: *nothing'],
    expected: ['tributary.yaml:3:28  expected the name of an anchor before it; found `nothing`'],
  },
  {
    title: 'an alias that contains itself',
    tributary: ['erp: { kind: file, path: ./erp }', 'erp: &a { kind: file, path: *a }'],
    expected: ['tributary.yaml:3:31  expected an alias to something else; `a` contains itself'],
  },
  {
    title: 'a tag',
    tributary: ['path: ./erp', 'path: !!binary aGk='],
    expected: ['tributary.yaml:3:28  expected valid YAML; found: unresolved tag: tag:yaml.org,2002:binary'],
  },
  {
    title: 'a list as a key',
    tributary: ['  erp:', '  [erp]:'],
    expected: [
      'tributary.yaml:3:3  expected a plain key; found a list, a map or an alias',
      'syncs/customers.yaml:2:21  expected a connection (oa, crm); found `erp`',
    ],
  },
];

export const SCHEMA: readonly Case[] = [
  {
    title: 'a misspelt key',
    tributary: [NAME_FIELD, 'name: { type: text, requird: true }'],
    expected: ['tributary.yaml:11:27  unknown key `requird` [required]'],
  },
  {
    title: 'a misspelt key that is required, reported once',
    tributary: [NAME_FIELD, 'name: { typ: text }'],
    expected: ['tributary.yaml:11:15  unknown key `typ` [type]'],
  },
  {
    title: 'a misspelt key inside an alternative',
    sync: [NAME_MAP, 'name: { form: name }'],
    expected: ['syncs/customers.yaml:6:11  unknown key `form` [from]'],
  },
  {
    title: 'an unknown key at the top',
    sync: ['to: account', 'to: account\nwhene: x'],
    expected: ['syncs/customers.yaml:4:1  unknown key `whene` [where]'],
  },
  {
    title: 'a missing key',
    tributary: [NAME_FIELD, 'name: { required: true }'],
    expected: [
      'tributary.yaml:11:7  `type` is required: expected one of text, email, phone, integer, decimal, boolean, date, datetime, json, reference',
    ],
  },
  {
    title: 'a missing key at the top',
    sync: ['to: account\n', ''],
    expected: ['syncs/customers.yaml:1:1  `to` is required: expected text'],
  },
  {
    title: 'a misspelt word',
    tributary: [NAME_FIELD, 'name: { type: text, conflict: sorce }'],
    expected: [
      'tributary.yaml:11:37  expected one of source, crm, fill_empty, most_recent, review; found `sorce` [source]',
    ],
  },
  {
    title: 'a misspelt word among alternatives',
    tributary: [NAME_FIELD, 'name: { type: text, resolve: most_recnt }'],
    expected: [
      'tributary.yaml:11:36  expected one of most_recent, union, min, max or a map; found `most_recnt` [most_recent]',
    ],
  },
  {
    title: 'an empty rank',
    tributary: [NAME_FIELD, 'name: { type: text, resolve: { rank: [] } }'],
    expected: ['tributary.yaml:11:44  expected at least one connection; found an empty list'],
  },
  {
    title: 'a number where a map should be',
    tributary: [NAME_FIELD, 'name: 5'],
    expected: ['tributary.yaml:11:13  expected a map; found `5`'],
  },
  {
    title: 'nothing where a map should be',
    tributary: [NAME_FIELD, 'name:'],
    expected: ['tributary.yaml:11:12  expected a map; found nothing'],
  },
  {
    title: 'text where true or false should be',
    tributary: [NAME_FIELD, 'name: { type: text, required: yes }'],
    expected: ['tributary.yaml:11:37  expected true or false; found `yes`'],
  },
  {
    title: 'a name with capitals',
    tributary: [NAME_FIELD, 'Name: { type: text }'],
    expected: [
      'tributary.yaml:11:7  expected lower-case letters, digits and `_`, beginning with a letter; found `Name`',
      'syncs/customers.yaml:6:3  expected a field of account (external_id, Name, email, credit_limit, owner); found `name` [Name]',
    ],
  },
  {
    title: 'a field that is a word of CEL',
    tributary: [NAME_FIELD, 'in: { type: text }'],
    expected: [
      'tributary.yaml:11:7  expected a name that is not a word of CEL; found `in`',
      'syncs/customers.yaml:6:3  expected a field of account (external_id, in, email, credit_limit, owner); found `name`',
    ],
  },
  {
    title: 'a fraction instead of a percentage',
    tributary: withObjectKey('gate: { deletes: 0.05 }'),
    expected: ['tributary.yaml:9:22  expected a percentage such as 5%; found `0.05`'],
  },
  {
    title: 'a percentage above a hundred',
    tributary: withObjectKey('gate: { deletes: 101% }'),
    expected: ['tributary.yaml:9:22  expected a percentage from 0% to 100%; found `101%`'],
  },
  {
    title: 'a duration without a unit',
    tributary: withObjectKey('gate: { expires: 72 }'),
    expected: ['tributary.yaml:9:22  expected a duration such as 30m, 72h or 7d; found `72`'],
  },
  {
    title: 'another action on deletes',
    tributary: withObjectKey('deletes: archive'),
    expected: [
      'tributary.yaml:9:14  expected none, delete or a map such as { deactivate: { status: inactive } } or { archive: old_account }; found `archive`',
    ],
  },
  {
    title: 'an operation that no value means',
    sync: ['key: id', 'key: id, operation: { from: op }'],
    expected: ['syncs/customers.yaml:2:73  expected values under `delete` or `detach`; found a map'],
  },
  {
    title: 'no values that deactivate',
    tributary: withObjectKey('deletes: { deactivate: {} }'),
    expected: ['tributary.yaml:9:28  expected at least one field; found an empty map'],
  },
  {
    title: 'a reference without its field',
    tributary: ['by: employee_no, ', ''],
    expected: ['tributary.yaml:14:7  `by` is required for a reference'],
  },
  {
    title: 'an object on what is no reference',
    tributary: [NAME_FIELD, 'name: { type: text, object: owner }'],
    expected: ['tributary.yaml:11:35  `object` is for references; this is text'],
  },
  {
    title: 'a step with two functions',
    sync: ['[squash]', '[{ trim: 1, squash: 2 }]'],
    expected: ['syncs/customers.yaml:6:31  expected one function in each step; found a map'],
  },
  {
    title: 'one function that is not in a list',
    sync: ['[squash]', 'squash'],
    expected: ['syncs/customers.yaml:6:30  expected a list; found `squash`'],
  },
  {
    title: 'a mapping that says nothing',
    sync: [NAME_MAP, 'name: { apply: [trim] }'],
    expected: ['syncs/customers.yaml:6:9  expected one of from, value, cel; found none'],
  },
  {
    title: 'a mapping that says two things',
    sync: [NAME_MAP, 'name: { from: name, cel: "1" }'],
    expected: ['syncs/customers.yaml:6:28  expected one of from, value, cel; found from and cel'],
  },
  {
    title: 'functions on a constant',
    sync: [NAME_MAP, 'name: { value: x, apply: [trim] }'],
    expected: ['syncs/customers.yaml:6:28  `apply` has no effect on a constant'],
  },
  {
    title: 'a policy for codes without codes',
    sync: [NAME_MAP, 'name: { from: n, unmapped: keep }'],
    expected: ['syncs/customers.yaml:6:30  `unmapped` needs `codes`'],
  },
  {
    title: 'a misspelt policy',
    sync: [NAME_MAP, 'name: { from: n, codes: { a: b }, unmapped: quarantin }'],
    expected: [
      'syncs/customers.yaml:6:47  expected one of quarantine, keep, absent or a map; found `quarantin` [quarantine]',
    ],
  },
  {
    title: 'a rule without a kind',
    sync: [RULE, '{ field: name }'],
    expected: [
      'syncs/customers.yaml:8:5  expected one of required, length, range, date_range, pattern, one_of, email, phone, url, checksum, unique, cel; found none',
    ],
  },
  {
    title: 'a rule of two kinds',
    sync: [RULE, '{ field: name, required: true, email: true }'],
    expected: ['syncs/customers.yaml:8:43  expected one kind in each rule; found required and email'],
  },
  {
    title: 'a rule without a field',
    sync: [RULE, '{ required: true }'],
    expected: ['syncs/customers.yaml:8:5  `field` is required'],
  },
  {
    title: 'a field to drop that is not named',
    sync: [RULE, '{ cel: "true", else: drop_field }'],
    expected: ['syncs/customers.yaml:8:26  `drop_field` needs a `field`'],
  },
  {
    title: 'a value to mend that is not named',
    sync: [RULE, '{ cel: "true", else: { fix: [trim] } }'],
    expected: ['syncs/customers.yaml:8:26  `fix` needs a `field`'],
  },
  {
    title: 'a rule that mends by no function',
    sync: [RULE, '{ field: name, required: true, else: { fix: [] } }'],
    expected: ['syncs/customers.yaml:8:49  expected at least one function; found an empty list'],
  },
  {
    title: 'a date range without limits',
    sync: [RULE, '{ field: name, date_range: {} }'],
    expected: ['syncs/customers.yaml:8:32  expected min, max or both; found neither'],
  },
  {
    title: 'a length without limits',
    sync: [RULE, '{ field: name, length: {} }'],
    expected: ['syncs/customers.yaml:8:28  expected min, max or both; found neither'],
  },
  {
    title: 'a length with limits in the wrong order',
    sync: [RULE, '{ field: name, length: { min: 5, max: 1 } }'],
    expected: ['syncs/customers.yaml:8:28  expected min ≤ max; found 5 > 1'],
  },
  {
    title: 'a length that is not whole',
    sync: [RULE, '{ field: name, length: { min: 1.5 } }'],
    expected: ['syncs/customers.yaml:8:35  expected a whole number; found `1.5`'],
  },
  {
    title: 'an unknown encoding',
    sync: ['key: id', 'key: id, encoding: utf9'],
    expected: [
      'syncs/customers.yaml:2:72  expected `auto` or an encoding such as utf-8, gb18030 or windows-1252; found `utf9`',
    ],
  },
  {
    title: 'a size without a unit',
    sync: ['key: id', 'key: id, max_record: 16'],
    expected: ['syncs/customers.yaml:2:74  expected a size such as 512KB or 16MB; found `16`'],
  },
  {
    title: 'a quote of two characters',
    sync: ['key: id', 'key: id, csv: { quote: \'""\' }'],
    expected: ['syncs/customers.yaml:2:76  expected one ASCII character, or "" for no quotes; found `""`'],
  },
  {
    title: 'a list inside a line of CSV',
    sync: ['key: id', 'key: id, each: lines'],
    expected: ['syncs/customers.yaml:2:62  expected no `each`: a line of CSV holds no list'],
  },
  {
    title: 'a name for a parent that there is not',
    sync: ['key: id', 'key: id, parent: order'],
    expected: ['syncs/customers.yaml:2:62  `parent` needs `each`'],
  },
  {
    title: 'a key without a path',
    sync: ['key: id', 'key: []'],
    expected: ['syncs/customers.yaml:2:58  expected at least one path; found an empty list'],
  },
  {
    title: 'a way of reading that does not exist',
    sync: ['key: id', 'key: id, read: all'],
    expected: ['syncs/customers.yaml:2:68  expected one of snapshot, incremental; found `all`'],
  },
];
