// Builders for objects, rules and canonical records with only what a test is about.

import type {
  FieldDefinition,
  FieldType,
  ObjectDefinition,
  RuleDefinition,
  SyncDefinition,
} from '../../src/domain/definition.ts';
import type { Fields, Violation } from '../../src/domain/values.ts';
import type { Canonical } from '../../src/transform/transform.ts';
import { compileValidate } from '../../src/validate/compile.ts';
import type { Validate } from '../../src/validate/validate.ts';
import { from, sync } from '../transform/support.ts';

export type FieldParts = Partial<FieldDefinition> & { readonly type: FieldType };

export function object(fields: Readonly<Record<string, FieldParts>>): ObjectDefinition {
  return {
    name: 'account',
    destination: 'crm',
    table: 'account',
    id: 'id',
    fields: Object.fromEntries(Object.entries(fields).map(([name, parts]) => [name, fieldDefinition(name, parts)])),
    groups: {},
    match: [],
    deletes: 'none',
    deactivated: {},
    gate: { deletes: 1, creates: 1, rejects: 1, nulls: 1, firstRun: 'auto', expiresMs: 1 },
  };
}

export function rule(parts: Partial<RuleDefinition> & Pick<RuleDefinition, 'kind'>): RuleDefinition {
  return { field: null, args: true, level: 'reject', message: null, ...parts };
}

export interface CheckParts {
  readonly fields: Readonly<Record<string, FieldParts>>;
  readonly check?: readonly RuleDefinition[];
  readonly unmapped?: readonly string[];
  readonly records?: SyncDefinition['stream']['records'];
}

/** Validates a sync that maps all fields of the object but `unmapped`. */
export function validator({ fields, check = [], unmapped = [], records = 'full' }: CheckParts): Validate {
  const mapped = Object.keys(fields).filter((name) => !unmapped.includes(name));
  const map = Object.fromEntries(mapped.map((name) => [name, from(name)]));
  return compileValidate(sync({ map, check, stream: { records } }), object(fields));
}

export function canonical(fields: Fields, violations: readonly Violation[] = []): Canonical {
  return { key: '1', version: null, operation: 'upsert', fields, violations };
}

function fieldDefinition(name: string, parts: FieldParts): FieldDefinition {
  return {
    column: name,
    required: false,
    strong: false,
    resolve: { kind: 'most_recent' },
    conflict: 'source',
    ...parts,
  };
}
