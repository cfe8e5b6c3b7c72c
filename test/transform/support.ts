// Builders for definitions with only what a test is about.

import type { FieldMapping, StreamDefinition, SyncDefinition } from '../../src/domain/definition.ts';
import type { SourceRecord } from '../../src/domain/values.ts';
import { compileTransform } from '../../src/transform/compile.ts';
import type { Canonical } from '../../src/transform/transform.ts';

const STREAM: StreamDefinition = {
  connection: 'erp',
  stream: '*.json',
  format: 'json',
  record: '',
  each: null,
  parent: 'parent',
  key: ['id'],
  version: null,
  records: 'full',
  empty: 'absent',
  encoding: 'auto',
  complete: 'proven',
  files: 'all',
  entry: null,
  settleMs: 0,
  unpack: { ratio: 100, maxBytes: null },
  many: false,
  lastLine: 'accept',
  csv: { delimiter: ',', quote: '"', escape: null, skipLines: 0, comment: null, columns: null },
  maxRecordBytes: 1 << 24,
};

export function field(mapping: Partial<FieldMapping>): FieldMapping {
  return { apply: [], unmapped: { kind: 'quarantine' }, ...mapping };
}

export function from(...paths: string[]): FieldMapping {
  return field({ from: paths });
}

export interface SyncParts {
  readonly map?: Readonly<Record<string, FieldMapping>>;
  readonly stream?: Partial<StreamDefinition>;
  readonly check?: SyncDefinition['check'];
  readonly where?: string;
}

export function sync({ map = {}, stream = {}, check = [], where }: SyncParts): SyncDefinition {
  const rest = {
    owner: null,
    where: where ?? null,
    expect: { records: null, nulls: null, duplicates: null, drift: 'ignore' },
  } as const;
  return { sync: 'erp-customers', stream: { ...STREAM, ...stream }, object: 'account', map, check, ...rest };
}

/** A record as decoders make it: objects without a prototype, numbers as text. */
export function record(json: string): SourceRecord {
  return source(
    JSON.parse(json, (_name, value: unknown) => {
      if (typeof value === 'number') return String(value);
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
      const bare: unknown = Object.create(null, Object.getOwnPropertyDescriptors(value));
      return bare;
    }),
  );
}

/** Takes anything for a record: what transform must bear. */
export function source(value: unknown): SourceRecord {
  // The point of the callers is that the value need not be one.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return value as SourceRecord;
}

/** What a single mapping makes of a record: its value, `absent`, or the violation. */
export function make(mapping: FieldMapping, json: string, stream: Partial<StreamDefinition> = {}): unknown {
  const made: Canonical = compileTransform(sync({ map: { f: mapping }, stream }))(record(json));
  const [violation] = made.violations;
  if (violation !== undefined) return made.violations.length === 1 && !('f' in made.fields) ? violation : made;
  return 'f' in made.fields ? made.fields['f'] : 'absent';
}
