// A first object for a CRM that nobody has described yet: a field for every column.

import type { FieldType } from '../domain/definition.ts';
import type { Kind } from './kinds.ts';
import type { KnownColumn } from './keys.ts';
import type { About } from './match-fields.ts';

/** Words of CEL, and what every object of JavaScript has. */
const NOT_NAMES = new Set(['true', 'false', 'null', 'in', 'constructor', 'prototype']);

export interface ProposedField {
  readonly name: string;
  readonly type: FieldType;
  readonly column: KnownColumn;
  readonly strong: boolean;
  readonly required: boolean;
}

export interface ProposedObject {
  readonly name: string;
  readonly fields: readonly ProposedField[];
}

interface Known {
  readonly about: About;
  /** What a person calls it; else it is named after what the records are about. */
  readonly name: string | undefined;
  readonly key: string | undefined;
  readonly version: string | undefined;
  readonly records: number;
}

/** Lists of several values are left out: what one field makes of them, a person must say. */
export function proposeObject(columns: readonly KnownColumn[], known: Known): ProposedObject {
  const names = new Set<string>();
  const fields = columns
    .filter(({ column }) => column.filled > 0 && column.lists === 0 && column.path !== known.version)
    .map((column, index): ProposedField => {
      const strong = column.column.path === known.key;
      const name = unique(
        strong ? keyName(column, known.about) : fieldName(column, known.about) || `field_${index + 1}`,
        names,
      );
      const always = column.column.filled === known.records;
      const required = strong || (always && column.meaning.attribute === 'name');
      return { name, type: strong ? 'text' : typeOf(column.kind), column, strong, required };
    });
  return { name: known.name ?? known.about ?? 'record', fields };
}

function typeOf({ name }: Kind): FieldType {
  if (name === 'country' || name === 'currency' || name === 'uscc' || name === 'codes') return 'text';
  return name;
}

function keyName(column: KnownColumn, about: About): string {
  const own = latin(column.column.names.at(-1) ?? '');
  return own === '' || own === 'id' || own === 'no' || own === 'code' ? `${about ?? 'external'}_no` : own;
}

/** The user's own name where it can be one, else what it means; empty where neither is known. */
function fieldName({ column, meaning: { entity, attribute } }: KnownColumn, about: About): string {
  const own = latin(column.names.at(-1) ?? '');
  if (own !== '') return own;
  const whose = entity === about && attribute !== 'id' ? null : entity;
  return [whose, attribute === 'id' ? 'no' : attribute].filter((part) => part !== null).join('_');
}

function latin(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll('ß', 'ss')
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replaceAll(/[^a-z0-9_\p{Script=Han}]+/gu, '_')
    .replaceAll(/^[_\d]+|_+$/g, '')
    .slice(0, 60);
  return /^[a-z][a-z0-9_]*$/.test(plain) && !NOT_NAMES.has(plain) ? plain : '';
}

function unique(name: string, names: Set<string>): string {
  let free = name;
  for (let n = 2; names.has(free); n++) free = `${name}_${n}`;
  names.add(free);
  return free;
}
