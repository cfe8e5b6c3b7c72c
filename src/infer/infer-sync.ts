// From a sample to a proposal: the columns, the key, the object, the mapping.

import type { ObjectDefinition } from '../domain/definition.ts';
import { profile } from './columns.ts';
import { findKeys, type Keys, type KnownColumn } from './keys.ts';
import { kindOf, type Surroundings } from './kinds.ts';
import { type About, entityOf, matchFields } from './match-fields.ts';
import { meaningOf } from './meaning.ts';
import { type MappingProposal, proposeField, proposeMapping, stepsFor } from './propose.ts';
import { type ProposedObject, proposeObject } from './propose-object.ts';
import type { Sample } from './sample.ts';
import { aboutOf } from './stream-name.ts';

/** What is known of a sample before any object is looked at. */
export interface Findings {
  readonly sample: Sample;
  readonly columns: readonly KnownColumn[];
  readonly keys: Keys;
  readonly about: About;
}

/** `path`: that of the file, whose name says what the records are about where nothing else does. */
export function study(sample: Sample, path: string): Findings {
  const { records } = sample;
  const known = profile(records).map((column) => {
    const meaning = meaningOf(column.names.at(-1) ?? '');
    // `name: { given }` and `address: { line1 }` mean something together only.
    const together = meaningOf(column.names.slice(-2).toReversed().join(' '));
    return { column, meaning: meaning.attribute === null ? together : meaning };
  });
  const chinese = known.some(
    ({ column }) => isChinese(column.path) || column.values.slice(0, 50).some(({ text }) => isChinese(text)),
  );
  const countries = known.filter(({ meaning, column }) => meaning.attribute === 'country' && isCountry(column.values));
  const around: Surroundings = { chinese, countries: countries.map(({ column }) => column.path) };
  const columns = known.map((one) => ({ ...one, kind: kindOf(one.column, one.meaning, around) }));
  return { sample, columns, keys: findKeys(columns, records.length), about: aboutOf(sample.record, path) };
}

/** A mapping to an object that there is. */
export function proposeFor(object: ObjectDefinition, { columns, keys, about }: Findings): MappingProposal {
  return proposeMapping(object, columns, { about, known: identityOf(keys) });
}

/** The object that the columns fit best, with the number of its fields that they make; null when none has any. */
export function chooseObject(
  objects: readonly ObjectDefinition[],
  { columns, about }: Findings,
): ObjectDefinition | null {
  const scored = objects.map((object) => {
    const matched = matchFields(object, columns, about).length;
    const same = about !== null && entityOf(object.name) === about;
    return { object, score: matched === 0 ? 0 : matched / Object.keys(object.fields).length + (same ? 0.5 : 0) };
  });
  const [best] = scored.toSorted((a, b) => b.score - a.score);
  return best === undefined || best.score === 0 ? null : best.object;
}

/** An object and its mapping, where nobody has described the CRM. */
export function proposeBoth(
  { sample, columns, keys, about }: Findings,
  name: string | undefined,
): { readonly object: ProposedObject; readonly mapping: MappingProposal } {
  const [key, version] = [keys.keys[0]?.path, keys.versions[0]?.path];
  const object = proposeObject(columns, { about, name, key, version, records: sample.records.length });
  const fields = object.fields.map(({ name: field, type, column }) =>
    proposeField(field, column, { apply: stepsFor({ type }, column) ?? [], says: '' }),
  );
  const used = new Set(object.fields.map(({ column }) => column));
  const unused = columns.filter((column) => !used.has(column) && column.column.path !== version);
  return { object, mapping: { fields, open: [], unused } };
}

function identityOf({ keys, versions }: Keys): readonly string[] {
  return [keys[0]?.path, versions[0]?.path].filter((path) => path !== undefined);
}

function isChinese(text: string): boolean {
  return /\p{Script=Han}/u.test(text);
}

function isCountry(values: readonly { readonly text: string }[]): boolean {
  const codes = values.slice(0, 1000).filter(({ text }) => /^[A-Za-z]{2}$/.test(text.trim())).length;
  return codes > 0 && codes >= Math.min(values.length, 1000) * 0.8;
}
