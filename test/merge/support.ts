import * as fc from 'fast-check';
import type { Entry, SourcedClaim } from '../../src/domain/claims.ts';
import type { ConflictPolicy, FieldDefinition, ObjectDefinition } from '../../src/domain/definition.ts';
import type { Fields, Operation, Value } from '../../src/domain/values.ts';
import type { KnownRecord, PlanInput } from '../../src/merge/plan.ts';
import { NO_PINS, type Pinned } from '../../src/merge/resolve.ts';

/** How many cases a property of merge gets; more for longer searches: `TRIBUTARY_CASES=20000 npm run test:unit`. */
export const CASES = Number(process.env['TRIBUTARY_CASES'] ?? 500);

/** 2024-01-01 in milliseconds: claims of the tests are observed around it. */
export const NOON = Date.parse('2024-01-01T12:00:00Z');

export function fieldOf(change: Partial<FieldDefinition> = {}): FieldDefinition {
  return {
    type: 'text',
    column: 'c',
    required: false,
    strong: false,
    resolve: { kind: 'most_recent' },
    conflict: 'source',
    ...change,
  };
}

export function objectOf(
  fields: Readonly<Record<string, FieldDefinition>>,
  change: Partial<ObjectDefinition> = {},
): ObjectDefinition {
  return {
    name: 'account',
    destination: 'crm',
    table: 'account',
    id: 'id',
    fields,
    groups: {},
    match: [],
    deletes: 'deactivate',
    deactivated: {},
    gate: {
      deletes: 0.05,
      creates: 0.2,
      rejects: 0.1,
      nulls: 0.02,
      firstRun: 'approve',
      expiresMs: 72 * 3_600_000,
    },
    ...change,
  };
}

export function claimOf(change: Partial<SourcedClaim> = {}): SourcedClaim {
  return {
    sync: 'erp-customers',
    source: 'erp',
    key: 'C-1',
    version: { source: null, read: 1, position: 0 },
    operation: 'upsert',
    fields: {},
    observedAt: NOON,
    ...change,
  };
}

/** An object with one field of each way to resolve, two groups, and a way to be deactivated. */
export const ACCOUNT = objectOf(
  {
    name: fieldOf(),
    status: fieldOf({ conflict: 'crm' }),
    phone: fieldOf({
      type: 'phone',
      conflict: 'fill_empty',
      resolve: { kind: 'rank', sources: ['oa', 'erp-customers'] },
    }),
    limit: fieldOf({ type: 'decimal', resolve: { kind: 'max' } }),
    since: fieldOf({ type: 'date', resolve: { kind: 'min' }, conflict: 'review' }),
    tags: fieldOf({ resolve: { kind: 'union' } }),
    street: fieldOf({ resolve: { kind: 'rank', sources: ['hr', 'erp'] } }),
    city: fieldOf(),
    zip: fieldOf(),
  },
  { groups: { address: ['street', 'city', 'zip'] }, deactivated: { status: 'inactive' } },
);

const text = fc.constantFrom('', 'a', 'b', 'B', 'a b', '上海');
const VALUES: Readonly<Record<string, fc.Arbitrary<Value>>> = {
  limit: fc.constantFrom('-2', '0', '9', '10', '10.5'),
  since: fc.constantFrom('2023-12-31', '2024-01-01', '2024-02-29'),
  tags: fc.oneof(text, fc.array(text, { maxLength: 3 })),
};

const one = (name: string): fc.Arbitrary<Value | undefined> =>
  fc.oneof(fc.constant(undefined), fc.constant(null), VALUES[name] ?? text, VALUES[name] ?? text);

/** Of these fields, some absent, some null, some with a value. */
export function fieldsOf(names: readonly string[]): fc.Arbitrary<Fields> {
  return fc
    .record(Object.fromEntries(names.map((name) => [name, one(name)])))
    .map((made) =>
      Object.fromEntries(Object.entries(made).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))),
    );
}

/** What a CRM holds: every field, empty or not. */
export function crmOf(names: readonly string[]): fc.Arbitrary<Fields> {
  return fieldsOf(names).map((fields) => Object.fromEntries(names.map((name) => [name, fields[name] ?? null])));
}

const SOURCE_VERSIONS = [
  '9',
  '10',
  '2024-01-01',
  '2024-01-01T12:00:00Z',
  '2024-01-01T20:00:00+08:00',
  '2999-01-01',
  'v9',
  'v10',
];

/** Claims of several syncs with distinct keys, as the crosswalk holds them. */
export const claims: fc.Arbitrary<readonly SourcedClaim[]> = fc.uniqueArray(
  fc
    .record({
      from: fc.constantFrom(['erp-customers', 'erp'] as const, ['oa-contacts', 'oa'] as const, ['hr', 'hr'] as const),
      key: fc.constantFrom('1', '2', '3'),
      source: fc.option(fc.constantFrom(...SOURCE_VERSIONS)),
      read: fc.integer({ min: 1, max: 3 }),
      position: fc.integer({ min: 0, max: 2 }),
      operation: fc.constantFrom<Operation>('upsert', 'upsert', 'upsert', 'delete'),
      fields: fieldsOf(Object.keys(ACCOUNT.fields)),
      observedAt: fc.constantFrom(NOON - 1000, NOON, NOON + 1000),
    })
    .map(({ from: [sync, source], source: version, read, position, operation, ...rest }) =>
      claimOf({
        ...rest,
        sync,
        source,
        operation,
        version: { source: version, read, position },
      }),
    ),
  { selector: (claim) => `${claim.sync} ${claim.key}`, maxLength: 6 },
);

export const POLICIES: readonly ConflictPolicy[] = ['source', 'crm', 'fill_empty', 'most_recent', 'review'];

export function recordOf(change: Partial<KnownRecord> = {}): KnownRecord {
  return { id: 7, state: 'live', revision: 3, base: {}, change: null, ...change };
}

/** Pins for ever, by field. */
export function pinned(values: Fields): Pinned {
  return { pins: Object.entries(values).map(([field, value]) => ({ field, value, expiresAt: null })), asOf: NOON };
}

export function planInput(change: Partial<PlanInput> = {}): PlanInput {
  const claim = change.claim ?? change.claims?.[0] ?? claimOf();
  return {
    object: ACCOUNT,
    ordinal: 4,
    claim,
    claims: [claim],
    pinned: NO_PINS,
    holds: {},
    record: null,
    crmId: null,
    crm: null,
    references: () => [],
    ...change,
  };
}

/** The CRM record after an entry was written, as a destination does it. */
export function applied(crm: Fields | null, entry: Entry): Fields | null {
  const set = Object.fromEntries(Object.entries(entry.writes).map(([field, write]) => [field, write.after]));
  if (entry.action === 'delete') return null;
  if (entry.action === 'create') {
    return { ...Object.fromEntries(Object.keys(ACCOUNT.fields).map((field) => [field, null])), ...set };
  }
  return crm === null || entry.action === 'none' ? crm : { ...crm, ...set };
}
