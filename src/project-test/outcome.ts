// What a sync makes of its input: the path of a record up to its claim, in memory.

import type { ObjectDefinition, SyncDefinition } from '../domain/definition.ts';
import { SyncError } from '../domain/errors.ts';
import type { Fields, SourceRecord, Violation } from '../domain/values.ts';
import { openInMemory } from '../formats/in-memory.ts';
import { missingColumns } from '../transform/columns.ts';
import { compileTransform } from '../transform/compile.ts';
import { compileExplode } from '../transform/explode.ts';
import { Fault } from '../transform/fault.ts';
import { compileValidate } from '../validate/compile.ts';

/** What became of one record. */
export type Outcome =
  | {
      readonly kind: 'accepted';
      readonly key: string | null;
      readonly version: string | null;
      readonly fields: Fields;
      readonly warnings: readonly Violation[];
    }
  | {
      readonly kind: 'rejected';
      readonly key: string | null;
      readonly version: string | null;
      readonly violations: readonly Violation[];
    };

export type RawInput =
  { readonly records: readonly SourceRecord[] } | { readonly bytes: Uint8Array; readonly encoding?: string };

/** A sync, compiled: input in, outcomes out, in order. */
export type Trial = (input: RawInput) => readonly Outcome[];

/**
 * Compiles a sync for trials. A trial throws what reading its input would stop a run with: `source.truncated`,
 * `source.header` and so on; bad records are outcomes.
 */
export function compileTrial(sync: SyncDefinition, object: ObjectDefinition): Trial {
  const explode = compileExplode(sync.stream);
  const transform = compileTransform(sync);
  const validate = compileValidate(sync, object);
  const outcomeOf = (record: SourceRecord): Outcome => {
    const canonical = transform(record);
    const verdict = validate(canonical);
    const { key, version } = canonical;
    if (verdict.kind === 'rejected') return { kind: 'rejected', key, version, violations: verdict.violations };
    return { kind: 'accepted', key, version, fields: verdict.fields, warnings: verdict.warnings };
  };
  const outcomesOf = (record: SourceRecord): readonly Outcome[] => {
    if (explode === null) return [outcomeOf(record)];
    const exploded = explode(record);
    return exploded instanceof Fault ? [refused(exploded.toViolation(null))] : exploded.records.map(outcomeOf);
  };
  return (input) => ('records' in input ? input.records.flatMap(outcomesOf) : decodeAll(sync, input, outcomesOf));
}

function refused({ rule, message }: Pick<Violation, 'rule' | 'message'>): Outcome {
  return { kind: 'rejected', key: null, version: null, violations: [{ rule, message }] };
}

function decodeAll(
  sync: SyncDefinition,
  { bytes, encoding = sync.stream.encoding }: { readonly bytes: Uint8Array; readonly encoding?: string },
  outcomesOf: (record: SourceRecord) => readonly Outcome[],
): readonly Outcome[] {
  const { columns, records } = openInMemory({ ...sync.stream, encoding }, bytes, { whole: true });
  const missing = columns === null ? [] : missingColumns(sync, columns);
  if (missing.length > 0) {
    throw new SyncError('source.header', { message: `there is no column ${missing.join(', ')}` });
  }
  const outcomes: Outcome[] = [];
  // Not `push(...many)`: a record may hold a hundred thousand others, which do not fit into a call.
  for (const decoded of records)
    for (const outcome of decoded.ok ? outcomesOf(decoded.record) : [refused(decoded)]) outcomes.push(outcome);
  return outcomes;
}
