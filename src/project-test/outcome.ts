// What a sync makes of its input: the path of a record up to its claim, in memory.

import type { ObjectDefinition, SyncDefinition } from '../domain/definition.ts';
import { SyncError } from '../domain/errors.ts';
import type { Fields, SourceRecord, Violation } from '../domain/values.ts';
import type { Decoded } from '../formats/format.ts';
import { openInMemory } from '../formats/in-memory.ts';
import { missingColumns } from '../transform/columns.ts';
import { compileTransform } from '../transform/compile.ts';
import { compileExplode } from '../transform/explode.ts';
import { Fault } from '../transform/fault.ts';
import type { Canonical } from '../transform/transform.ts';
import { type Answers, makeAll, type RunCalls } from '../transform/user-functions.ts';
import { compileValidate } from '../validate/compile.ts';
import type { Verdict } from '../validate/validate.ts';

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
    }
  /** Left out by the sync's `where`. */
  | { readonly kind: 'filtered'; readonly key: string | null; readonly version: null };

export type RawInput =
  { readonly records: readonly SourceRecord[] } | { readonly bytes: Uint8Array; readonly encoding?: string };

/** How a trial is made. */
export interface TrialSetting {
  /** Calls the project's functions, where the mapping has any. */
  readonly run: RunCalls;
  /** When the run would begin, for rules that ask what `now` is. */
  readonly now: string | undefined;
}

/** A sync, compiled: input in, outcomes out, in order. */
export type Trial = (input: RawInput, setting: TrialSetting) => Promise<readonly Outcome[]>;

/**
 * Compiles a sync for trials. A trial rejects with what reading its input would stop a run with: `source.truncated`,
 * `source.header` and so on; bad records are outcomes.
 */
export function compileTrial(sync: SyncDefinition, object: ObjectDefinition): Trial {
  const explode = compileExplode(sync.stream);
  const transform = compileTransform(sync, object);
  const validate = compileValidate(sync, object);
  const explodeOne = (decoded: Decoded): readonly Decoded[] => {
    if (explode === null || !decoded.ok) return [decoded];
    const exploded = explode(decoded.record);
    if (exploded instanceof Fault) return [{ ok: false, ...exploded.toViolation(null) }];
    return exploded.records.map((record) => ({ ok: true, record }));
  };
  return async (input, { run, now }) => {
    const decoded = (
      'records' in input ? input.records.map((record): Decoded => ({ ok: true, record })) : decodeAll(sync, input)
    ).flatMap(explodeOne);
    const outcomeOf = (one: Decoded, answers: Answers): Outcome => {
      if (!one.ok) return refused(one);
      const canonical = transform(one.record, answers);
      return judged(canonical, validate(canonical, now));
    };
    return makeAll(decoded, outcomeOf, run);
  };
}

function judged({ key, version, filtered }: Canonical, verdict: Verdict): Outcome {
  if (filtered === true) return { kind: 'filtered', key, version: null };
  if (verdict.kind === 'rejected') return { kind: 'rejected', key, version, violations: verdict.violations };
  return { kind: 'accepted', key, version, fields: verdict.fields, warnings: verdict.warnings };
}

function refused({ rule, message }: Pick<Violation, 'rule' | 'message'>): Outcome {
  return { kind: 'rejected', key: null, version: null, violations: [{ rule, message }] };
}

function decodeAll(
  sync: SyncDefinition,
  { bytes, encoding = sync.stream.encoding }: { readonly bytes: Uint8Array; readonly encoding?: string },
): readonly Decoded[] {
  const { columns, records } = openInMemory({ ...sync.stream, encoding }, bytes, { whole: true });
  const missing = columns === null ? [] : missingColumns(sync, columns);
  if (missing.length > 0) throw new SyncError('source.header', { message: `there is no column ${missing.join(', ')}` });
  return [...records];
}
