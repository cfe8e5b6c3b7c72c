// Which column makes which field of an object: by names first, by values where names say nothing.

import type { FieldDefinition, FieldType, ObjectDefinition } from '../domain/definition.ts';
import type { KindName } from './kinds.ts';
import type { KnownColumn } from './keys.ts';
import { type Meaning, meaningOf, nearness } from './meaning.ts';

export interface Match {
  readonly field: string;
  readonly column: KnownColumn;
  /** For a person: why. */
  readonly says: string;
}

/** What the records are about, as far as the file says: `customer`; null where it does not. */
export type About = string | null;

interface Scored extends Match {
  readonly score: number;
}

const ENOUGH = 0.55;

/** Attributes that say who it is: the name of a customer is not that of its contact person. */
const ABOUT_WHOM = new Set([
  'id',
  'name',
  'short_name',
  'given_name',
  'family_name',
  'status',
  'type',
  'title',
  'date',
]);

const KINDS: Readonly<Record<FieldType, readonly KindName[]>> = {
  text: [
    'email',
    'phone',
    'boolean',
    'date',
    'datetime',
    'integer',
    'decimal',
    'country',
    'currency',
    'uscc',
    'codes',
    'text',
  ],
  reference: ['text', 'integer', 'uscc', 'codes', 'email'],
  email: ['email'],
  phone: ['phone'],
  integer: ['integer'],
  decimal: ['decimal', 'integer'],
  boolean: ['boolean', 'codes'],
  date: ['date', 'datetime'],
  datetime: ['datetime', 'date'],
  json: [],
};

/** Every field at most once, every column at most once; in the order of the object's fields. */
export function matchFields(object: ObjectDefinition, columns: readonly KnownColumn[], about: About): readonly Match[] {
  const fields = Object.entries(object.fields);
  const entities = new Entities(columns, about);
  const scored = fields.flatMap(([name, field]) =>
    columns.flatMap((column) => scoreByName({ name, field, object }, column, entities) ?? []),
  );
  const matches = assign(scored);
  const byValues = fields.flatMap(([name, field]) => (matches.has(name) ? [] : matchByValues(name, field, columns)));
  for (const match of byValues) {
    const taken = [...matches.values()].some(({ column }) => column === match.column);
    if (!taken) matches.set(match.field, match);
  }
  return fields.flatMap(([name]) => matches.get(name) ?? []);
}

/** The entity that a word of the vocabulary makes of a name: an object's, a file's, an element's. */
export function entityOf(name: string): About {
  return meaningOf(name).entity;
}

function assign(scored: readonly Scored[]): Map<string, Match> {
  const matches = new Map<string, Match>();
  const used = new Set<KnownColumn>();
  for (const { score, ...match } of scored.toSorted((a, b) => b.score - a.score)) {
    if (score < ENOUGH || matches.has(match.field) || used.has(match.column)) continue;
    matches.set(match.field, match);
    used.add(match.column);
  }
  return matches;
}

/** Whom the columns speak of. */
class Entities {
  readonly about: About;
  readonly #persons = new Set<string>();

  constructor(columns: readonly KnownColumn[], about: About) {
    this.about = about;
    for (const { column, meaning } of columns) {
      if (meaning.attribute === 'name') this.#persons.add(column.names.slice(0, -1).join('\n'));
    }
  }

  /** By its own name, else by what it stands in, else by what the records are about. */
  of({ column, meaning }: KnownColumn): About {
    if (meaning.entity !== null) return meaning.entity;
    for (let depth = column.names.length - 1; depth > 0; depth--) {
      const entity = entityOf(column.names[depth - 1] ?? '');
      // `contact: { phone }` is a way of reaching the record itself; only with a name it is somebody.
      if (entity !== null && this.#persons.has(column.names.slice(0, depth).join('\n'))) return entity;
    }
    return this.about;
  }
}

interface Named {
  readonly name: string;
  readonly field: FieldDefinition;
  readonly object: ObjectDefinition;
}

function scoreByName({ name, field, object }: Named, column: KnownColumn, entities: Entities): Scored | null {
  if (!KINDS[field.type].includes(column.kind.name)) return null;
  const wanted = wantedMeaning(name, field, object);
  const given = column.meaning;
  const entity = entities.of(column);
  const alike = likeness(wanted, given, { name, column: column.column.names.at(-1) ?? '' });
  const whom = sameEntity(wanted.entity, entity);
  const strict = field.type === 'reference' || ABOUT_WHOM.has(wanted.attribute ?? '');
  if (alike === 0 || (whom === 'other' && strict)) return null;
  const score = alike * (whom === 'other' ? 0.6 : 1) + (whom === 'same' ? 0.1 : 0) - 0.02 * column.column.names.length;
  const of = entity === null || wanted.attribute === 'owner' ? '' : ` of ${entity}`;
  const what = wanted.attribute === null ? 'alike' : `${wanted.attribute.replaceAll('_', ' ')}${of}`;
  return { field: name, column, score, says: `by its name (${what})` };
}

function wantedMeaning(name: string, field: FieldDefinition, object: ObjectDefinition): Meaning {
  const own = meaningOf(name);
  if (field.reference !== undefined) {
    // An account manager is an owner; a customer number is an account.
    if (own.attribute === 'owner') return { ...own, entity: null };
    return { entity: own.entity ?? entityOf(field.reference.object), attribute: 'id', others: [] };
  }
  return { ...own, entity: own.entity ?? entityOf(object.name) };
}

function likeness(wanted: Meaning, given: Meaning, names: { readonly name: string; readonly column: string }): number {
  if (same(names.name, names.column)) return 1;
  if (wanted.attribute === null || given.attribute === null) return 0;
  const near = nearness(wanted.attribute, given.attribute);
  const vague = ['date', 'time', 'type', 'amount', 'status'].includes(wanted.attribute);
  return near * qualified(wanted.others, given.others, vague);
}

/** A billing address is no shipping address; a time of whatever is hardly the time of something else. */
function qualified(a: readonly string[], b: readonly string[], vague: boolean): number {
  const all = new Set([...a, ...b]);
  if (all.size === 0) return 1;
  const shared = a.filter((word) => b.includes(word)).length;
  if (shared > 0) return 0.7 + (0.3 * shared) / all.size;
  if (a.length > 0 && b.length > 0) return 0.5;
  return vague ? 0.5 : 0.85;
}

function same(a: string, b: string): boolean {
  return letters(a) === letters(b);
}

function letters(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '');
}

function sameEntity(wanted: About, given: About): 'same' | 'unknown' | 'other' {
  if (wanted === null || given === null) return 'unknown';
  return wanted === given ? 'same' : 'other';
}

/** An e-mail address is one, whatever its column is called; so is a telephone number. */
function matchByValues(name: string, field: FieldDefinition, columns: readonly KnownColumn[]): readonly Match[] {
  if (field.type !== 'email' && field.type !== 'phone') return [];
  const candidates = columns.filter(({ kind }) => kind.name === field.type);
  const [column] = candidates;
  return column === undefined || candidates.length > 1 ? [] : [{ field: name, column, says: 'by its values alone' }];
}
