// The file of a new project.

import type { ProposedObject } from './propose-object.ts';
import { entry, inline, remark } from './yaml-lines.ts';

export interface ProjectProposal {
  readonly name: string;
  readonly connections: Readonly<Record<string, string>>;
  readonly object: ProposedObject | null;
}

const CRM = { kind: 'postgres', url: '${env:CRM_URL}' };

export function renderProject({ name, connections, object }: ProjectProposal): string {
  const folders = Object.entries(connections);
  const lines = [
    remark(
      0,
      'The project: its systems, and the objects of its CRM. Files in syncs/ say what is read and how it is mapped.',
    ),
    remark(0, '`tributary check` finds every mistake; docs/reference/configuration.md has every key.'),
    `project: ${name}`,
    '',
    remark(0, 'Systems. Secrets never stand here: ${env:NAME} and ${file:PATH} refer to them.'),
    'connections:',
    ...(folders.length === 0
      ? ['  # erp: { kind: file, path: ./exports } # a folder with CSV, JSON, NDJSON or XML files']
      : folders.map(([connection, path]) => entry(2, `${connection}: ${inline({ kind: 'file', path })}`))),
    entry(2, `crm: ${inline(CRM)}`, 'the database of the CRM; set CRM_URL'),
    '',
    ...(object === null ? NO_OBJECTS : objectLines(object)),
  ];
  return `${lines.join('\n')}\n`;
}

const NO_OBJECTS = [
  remark(0, 'The tables of the CRM that are written. `tributary init --from FILE` proposes one from an export.'),
  'objects: {}',
  '#  account:',
  '#    destination: crm',
  '#    table: account',
  '#    fields:',
  '#      external_id: { type: text, strong: true, required: true } # strong: identity on its own',
  '#      name: { type: text, required: true }',
  '#      email: { type: email }',
  '#    match: [external_id, email] # how a record finds its place in the CRM, in this order',
];

function objectLines({ name, fields }: ProposedObject): readonly string[] {
  const match = fields.filter(({ strong, type }) => strong || type === 'email').map((field) => field.name);
  return [
    'objects:',
    `  ${name}:`,
    entry(4, 'destination: crm'),
    entry(4, `table: ${name}`, 'is it called so there? `column:` on a field does the same for columns'),
    '    fields:',
    ...fields.map(({ name: field, type, strong, required, column }) => {
      const value = { type, ...(strong ? { strong } : {}), ...(required ? { required } : {}) };
      return entry(6, `${field}: ${inline(value)}`, `${column.column.names.join('.')}: ${column.kind.says}`);
    }),
    ...(match.length === 0
      ? []
      : [entry(4, `match: ${inline(match)}`, 'how a record finds its place in the CRM, in this order')]),
    entry(4, 'deletes: none', 'or { deactivate: { status: inactive } }, once a sync has complete snapshots'),
    remark(4, 'gate: { first_run: approve } is the default: the first run waits until you have looked at it'),
  ];
}
