// What is measured: the example's mapping and rules over the example's customers, and single parts beside rivals.

import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { z } from 'zod';

import { loadProject } from '../../src/config/load.ts';
import type { FieldDefinition, ObjectDefinition, SyncDefinition } from '../../src/domain/definition.ts';
import { canonicalise } from '../../src/domain/field-types.ts';
import type { Fields, SourceRecord } from '../../src/domain/values.ts';
import { openInMemory } from '../../src/formats/in-memory.ts';
import { readPhone } from '../../src/identifiers/phone-number.ts';
import { compileTransform } from '../../src/transform/compile.ts';
import { compileValidate } from '../../src/validate/compile.ts';
import { checkField } from '../../src/validate/fields.ts';
import { exampleFolder } from '../../examples/company/generate.ts';
import { writeCustomers } from '../../examples/company/generator/customer-cases.ts';
import { makeCustomer } from '../../examples/company/generator/customers.ts';

export const LANES = [
  'transform_plain',
  'transform_phone',
  'transform_validate',
  'validate',
  'types',
  'types_zod',
  'phone',
  'phone_reference',
] as const;
export type LaneName = (typeof LANES)[number];

export interface Lane {
  readonly name: LaneName;
  readonly items: number;
  /** Goes through all items; answers with how many of them came out right. */
  readonly run: () => number;
}

const SYNC = 'erp-customers';

/** The lanes over `rows` customers, all decoded before the clock runs. */
export async function lanesOf(rows: number): Promise<readonly Lane[]> {
  const project = await loadProject(exampleFolder());
  const sync = project.syncs[SYNC];
  const object = sync === undefined ? undefined : project.objects[sync.object];
  if (sync === undefined || object === undefined) throw new Error(`the example has no sync ${SYNC}`);
  const records = recordsOf(sync, rows);
  const withPhone = compileTransform(sync);
  const plain = compileTransform(without(sync, 'phone'));
  const validate = compileValidate(sync, object);
  const canonicals = records.map((record) => withPhone(record));
  const fields = canonicals.map((canonical) => canonical.fields);
  const phones = records.flatMap(phoneOf);
  return [
    lane('transform_plain', records, (record) => plain(record).key !== null),
    lane('transform_phone', records, (record) => withPhone(record).key !== null),
    lane('transform_validate', records, (record) => validate(withPhone(record)).kind === 'accepted'),
    lane('validate', canonicals, (canonical) => validate(canonical).kind === 'accepted'),
    lane('types', fields, typesByUs(sync, object)),
    lane('types_zod', fields, typesByZod(sync, object)),
    lane('phone', phones, ([text, region]) => readPhone(text, region) !== null),
    lane('phone_reference', phones, ([text, defaultCountry]) => {
      return parsePhoneNumberFromString(text, { extract: false, defaultCountry })?.isValid() === true;
    }),
  ];
}

function lane<T>(name: LaneName, items: readonly T[], isRight: (item: T) => boolean): Lane {
  return { name, items: items.length, run: () => items.reduce((sum, item) => sum + (isRight(item) ? 1 : 0), 0) };
}

/** How many fields the mappings of the two transform lanes make. */
export async function fieldCounts(): Promise<{ readonly plain: number; readonly phone: number }> {
  const sync = (await loadProject(exampleFolder())).syncs[SYNC];
  const all = Object.keys(sync?.map ?? {}).length;
  return { plain: all - 1, phone: all };
}

function without(sync: SyncDefinition, field: string): SyncDefinition {
  return { ...sync, map: Object.fromEntries(Object.entries(sync.map).filter(([name]) => name !== field)) };
}

function recordsOf(sync: SyncDefinition, rows: number): readonly SourceRecord[] {
  const customers = Array.from({ length: rows }, (_, index) => makeCustomer(index + 1));
  const { records } = openInMemory(sync.stream, new TextEncoder().encode(writeCustomers(customers)), { whole: true });
  return [...records].flatMap((decoded) => (decoded.ok ? [decoded.record] : []));
}

type PhoneText = readonly [text: string, region: 'CN' | 'DE'];

function phoneOf({ phone, address }: SourceRecord): readonly PhoneText[] {
  const country = typeof address === 'object' && address !== null && 'country' in address ? address.country : null;
  return typeof phone === 'string' && (country === 'CN' || country === 'DE') ? [[phone, country]] : [];
}

function definitionsOf(
  sync: SyncDefinition,
  object: ObjectDefinition,
): readonly (readonly [string, FieldDefinition])[] {
  return Object.entries(object.fields).filter(([name]) => Object.hasOwn(sync.map, name));
}

/** The check of every field's type as validate makes it, the canonical record included. */
function typesByUs(sync: SyncDefinition, object: ObjectDefinition): (fields: Fields) => boolean {
  const definitions = definitionsOf(sync, object);
  return (fields) => {
    const made: Record<string, unknown> = {};
    let right = true;
    for (const [name, definition] of definitions) {
      const value = fields[name];
      if (value === undefined) continue;
      const checked = checkField(definition, value);
      if ('value' in checked) made[name] = checked.value;
      else right = false;
    }
    return right;
  };
}

/** The same as one schema of zod: the same canonical values, the same messages. */
function typesByZod(sync: SyncDefinition, object: ObjectDefinition): (fields: Fields) => boolean {
  const shape = definitionsOf(sync, object).map(([name, { type }]) => {
    const text = z.string().transform((value, context) => {
      const made = canonicalise(type, value);
      if (made.ok) return made.value;
      context.addIssue({ code: 'custom', message: made.message });
      return z.NEVER;
    });
    return [name, z.union([text, z.boolean(), z.null()]).optional()] as const;
  });
  const schema = z.object(Object.fromEntries(shape));
  return (fields) => schema.safeParse(fields).success;
}
