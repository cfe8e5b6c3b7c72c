// A first mapping for columns and fields that were found to belong together, each line with its reason.

import type { ApplyStep, FieldDefinition, ObjectDefinition } from '../domain/definition.ts';
import type { Column } from './columns.ts';
import type { Kind } from './kinds.ts';
import type { KnownColumn } from './keys.ts';
import { type About, matchFields } from './match-fields.ts';

/** One line under `map`. */
export interface FieldProposal {
  readonly field: string;
  readonly from: { readonly path: string; readonly apply: readonly ApplyStep[] } | { readonly cel: string };
  /** For a person: why this column, and what its values are. */
  readonly says: string;
  /** Null where several columns make the field. */
  readonly kind: Kind | null;
}

export interface MappingProposal {
  readonly fields: readonly FieldProposal[];
  /** Fields that nothing makes. */
  readonly open: readonly { readonly field: string; readonly definition: FieldDefinition }[];
  /** Columns that make nothing. */
  readonly unused: readonly KnownColumn[];
}

/** `known`: columns that are used already, as the version. */
export function proposeMapping(
  object: ObjectDefinition,
  columns: readonly KnownColumn[],
  { about, known }: { readonly about: About; readonly known: readonly string[] },
): MappingProposal {
  const matches = matchFields(object, columns, about);
  const proposals = new Map<string, FieldProposal>();
  const used = new Set<KnownColumn>(columns.filter(({ column }) => known.includes(column.path)));
  for (const { field, column, says } of matches) {
    const definition = object.fields[field];
    const apply = definition === undefined ? null : stepsFor(definition, column);
    if (apply === null) continue;
    proposals.set(field, proposeField(field, column, { apply, says }));
    used.add(column);
  }
  joinNames(object, columns, { proposals, used });
  const names = Object.entries(object.fields);
  return {
    fields: names.flatMap(([field]) => proposals.get(field) ?? []),
    open: names.flatMap(([field, definition]) => (proposals.has(field) ? [] : [{ field, definition }])),
    unused: columns.filter((column) => !used.has(column)),
  };
}

export function proposeField(
  field: string,
  { column, kind }: KnownColumn,
  { apply, says }: { readonly apply: readonly ApplyStep[]; readonly says: string },
): FieldProposal {
  const reasons = [says, ...(kind.name === 'text' ? [] : [kind.says])].filter((reason) => reason !== '');
  return { field, from: { path: column.path, apply }, says: reasons.join('; '), kind };
}

/** The functions for a field of a type; null when the kind cannot become it. */
export function stepsFor(
  { type }: Pick<FieldDefinition, 'type'>,
  { column, kind }: KnownColumn,
): readonly ApplyStep[] | null {
  if (type === 'text' || type === 'reference') return textSteps(type, column, kind);
  if (type === 'date' && kind.name === 'datetime') return dayOf(kind);
  if (type === 'datetime' && kind.name === 'date') return momentOf(kind);
  if (type === 'boolean' && kind.name === 'codes') return null;
  if (type === 'decimal' && kind.name === 'integer')
    return kind.apply.map((step) => (step.fn === 'integer' ? { fn: 'decimal', args: null } : step));
  return kind.apply;
}

const TRIM: ApplyStep = { fn: 'trim', args: null };
const SQUASH: ApplyStep = { fn: 'squash', args: null };

function textSteps(type: 'text' | 'reference', column: Column, kind: Kind): readonly ApplyStep[] {
  if (['email', 'country', 'currency', 'uscc', 'codes'].includes(kind.name)) return kind.apply;
  const spaced = column.values.some(({ text }) => /\s/.test(text.trim()));
  return type === 'text' && spaced ? [TRIM, SQUASH] : [TRIM];
}

/** A date is the day of a date-time in the same format; one with an offset has another day elsewhere. */
function dayOf({ apply }: Kind): readonly ApplyStep[] | null {
  const format = formatOf(apply);
  return format === null ? null : [{ fn: 'date', args: { format } }];
}

function momentOf({ apply }: Kind): readonly ApplyStep[] | null {
  const format = formatOf(apply);
  return format === null ? null : [{ fn: 'datetime', args: { format, zone: 'UTC' } }];
}

function formatOf([step]: readonly ApplyStep[]): unknown {
  const args = step?.args;
  return typeof args === 'object' && args !== null && 'format' in args ? args.format : null;
}

interface Progress {
  readonly proposals: Map<string, FieldProposal>;
  readonly used: Set<KnownColumn>;
}

/** A name that comes in two parts. */
function joinNames(object: ObjectDefinition, columns: readonly KnownColumn[], { proposals, used }: Progress): void {
  const given = columns.find(({ meaning }) => meaning.attribute === 'given_name');
  const family = columns.find(({ meaning }) => meaning.attribute === 'family_name');
  if (object.fields['name'] === undefined || proposals.has('name') || given === undefined || family === undefined)
    return;
  const [first, last] = [celOf(given.column), celOf(family.column)];
  if (first === null || last === null) return;
  const chinese = family.column.values.filter(({ text }) => /\p{Script=Han}/u.test(text)).length;
  const joined =
    chinese > family.column.filled / 2 ? `${last.value} + ${first.value}` : `${first.value} + " " + ${last.value}`;
  const cel = `${first.present} && ${last.present} ? ${joined} : ""`;
  proposals.set('name', { field: 'name', from: { cel }, says: 'made of given and family name', kind: null });
  used.add(given).add(family);
}

/** A column in CEL; null where its names need more than dots. */
function celOf({ names }: Column): { readonly present: string; readonly value: string } | null {
  const [only = ''] = names;
  if (names.every((name) => /^[A-Za-z_]\w*$/.test(name))) {
    const value = `record.${names.join('.')}`;
    return { present: `has(${value})`, value };
  }
  if (names.length > 1) return null;
  const text = JSON.stringify(only);
  return { present: `${text} in record`, value: `record[${text}]` };
}
