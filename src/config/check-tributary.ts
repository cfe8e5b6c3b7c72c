// The cross checks of tributary.yaml: what no single key can show.

import type { ObjectDefinition } from '../domain/definition.ts';
import { canonicalise } from '../domain/field-types.ts';
import { checkConnection, checkName, checkUnique, type Names, type Report } from './check-names.ts';
import { describeValue } from './problems.ts';
import type { ObjectInput, TributaryInput } from './schema-tributary.ts';

/** Kinds, destinations, references, columns, groups, match keys and inactive values. */
export function checkTributary(
  input: Pick<TributaryInput, 'connections' | 'objects'>,
  names: Names,
  report: Report,
): void {
  const { sourceKinds, destinationKinds } = names;
  if (sourceKinds !== undefined && destinationKinds !== undefined) {
    const among = new Set([...sourceKinds, ...destinationKinds]);
    for (const [name, { kind }] of Object.entries(input.connections)) {
      if (kind.includes('${')) continue;
      checkName(report, { what: 'a kind of connector', among, path: ['connections', name, 'kind'], name: kind });
    }
  }
  for (const [name, object] of Object.entries(input.objects)) {
    const at: Report = (path, message, init) => report(['objects', name, ...path], message, init);
    checkConnection(at, names, { path: ['destination'], name: object.destination, as: 'destination' });
    checkFields(object, names, at);
    checkColumns(object, at);
    checkFieldLists(object, { name, fields: names.objects.get(name) ?? [] }, at);
    checkModified(object, { name, fields: names.objects.get(name) ?? [] }, at);
    checkDeactivate(object, { name, fields: names.objects.get(name) ?? [] }, at);
  }
}

interface Named {
  readonly name: string;
  readonly fields: readonly string[];
}

function checkFields(object: ObjectInput, names: Names, report: Report): void {
  for (const [name, field] of Object.entries(object.fields)) {
    const path = ['fields', name];
    if (typeof field.resolve === 'object') {
      const rank = [...path, 'resolve', 'rank'];
      checkUnique(report, rank, field.resolve.rank);
      for (const [index, source] of field.resolve.rank.entries()) {
        checkName(report, {
          what: 'a connection',
          among: names.connections.keys(),
          path: [...rank, index],
          name: source,
        });
      }
    }
    checkUnique(report, [...path, 'sources'], field.sources ?? []);
    for (const [index, source] of (field.sources ?? []).entries()) {
      const at = [...path, 'sources', index];
      checkName(report, { what: 'a connection', among: names.connections.keys(), path: at, name: source });
    }
    if (field.object === undefined || field.by === undefined) continue;
    const found = checkName(report, {
      what: 'an object',
      among: names.objects.keys(),
      path: [...path, 'object'],
      name: field.object,
    });
    if (!found) continue;
    const among = names.objects.get(field.object) ?? [];
    checkName(report, { what: `a field of ${field.object}`, among, path: [...path, 'by'], name: field.by });
  }
}

function checkColumns(object: ObjectInput, report: Report): void {
  const owners = new Map([[object.id, 'the id']]);
  for (const [name, field] of Object.entries(object.fields)) {
    const column = field.column ?? name;
    const owner = owners.get(column);
    if (owner === undefined) {
      owners.set(column, `\`${name}\``);
      continue;
    }
    const path = ['fields', name, ...(field.column === undefined ? [] : ['column'])];
    report(path, `expected a column of its own; \`${column}\` is that of ${owner}`, {
      at: field.column === undefined ? 'key' : 'value',
    });
  }
}

function checkFieldLists(object: ObjectInput, named: Named, report: Report): void {
  const what = `a field of ${named.name}`;
  const groupOf = new Map<string, string>();
  for (const [group, members] of Object.entries(object.groups)) {
    for (const [index, name] of members.entries()) {
      const path = ['groups', group, index];
      checkName(report, { what, among: named.fields, path, name });
      const other = groupOf.get(name);
      if (other !== undefined) report(path, `expected each field in one group; \`${name}\` is in \`${other}\` already`);
      groupOf.set(name, group);
    }
  }
  checkUnique(report, ['match'], object.match ?? []);
  for (const [index, name] of (object.match ?? []).entries()) {
    checkName(report, { what, among: named.fields, path: ['match', index], name });
  }
}

function checkModified(object: ObjectInput, { name, fields }: Named, report: Report): void {
  const { modified } = object;
  if (modified === undefined) {
    for (const [field, { conflict }] of Object.entries(object.fields)) {
      if (conflict !== 'most_recent') continue;
      const message = '`most_recent` needs `modified` on the object: the field that says when the CRM changed a record';
      report(['fields', field, 'conflict'], message);
    }
    return;
  }
  const path = ['modified'];
  if (!checkName(report, { what: `a field of ${name}`, among: fields, path, name: modified })) return;
  const type = object.fields[modified]?.type;
  if (type !== undefined && type !== 'datetime')
    report(path, `expected a field of type datetime; \`${modified}\` is of type ${type}`);
}

function checkDeactivate(object: ObjectInput, named: Named, report: Report): void {
  if (typeof object.deletes === 'string' || 'archive' in object.deletes) return;
  for (const [name, value] of Object.entries(object.deletes.deactivate)) {
    const path = ['deletes', 'deactivate', name];
    const what = `a field of ${named.name}`;
    if (!checkName(report, { what, among: named.fields, path, name, at: 'key' })) continue;
    const type = object.fields[name]?.type;
    if (type !== undefined) checkConstant({ type, value }, (message) => report(path, message));
  }
}

interface Constant {
  readonly type: ObjectDefinition['fields'][string]['type'];
  readonly value: string | boolean | null;
}

/** Reports a constant that is not a value of its field's type. */
export function checkConstant(constant: Constant, report: (message: string) => void): void {
  const { type, value } = constant;
  const made = canonicalise(type, typeof value === 'boolean' && type !== 'boolean' ? String(value) : value);
  if (!made.ok) report(`expected a value of type ${type}; ${describeValue(value)} ${made.message}`);
}
