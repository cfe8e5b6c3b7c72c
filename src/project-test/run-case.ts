// One case: its input through its sync, and what differs from what it expects. Pure.

import type { SyncTestCase } from '../config/load-sync-tests.ts';
import { SyncError } from '../domain/errors.ts';
import { compareOutcomes, type Difference } from './compare.ts';
import type { RunCalls } from '../transform/user-functions.ts';
import type { Outcome, RawInput, Trial } from './outcome.ts';

export interface CaseResult {
  readonly of: SyncTestCase;
  readonly ok: boolean;
  readonly differences: readonly Difference[];
  /** Empty when reading the input ended with an error. */
  readonly outcomes: readonly Outcome[];
}

export interface CaseSetting {
  readonly trial: Trial;
  /** The case's, with files read. */
  readonly input: RawInput;
  /** Calls the project's functions. */
  readonly run: RunCalls;
}

/** Runs a case. Never rejects for what is in the input. */
export async function runCase(of: SyncTestCase, setting: CaseSetting): Promise<CaseResult> {
  const { expected } = of;
  const [outcomes, error] = await attempt(of, setting);
  const actual = error === null ? undefined : `${error.code}: ${error.message}`;
  if (expected === null) {
    const what = actual === undefined ? 'expect' : 'error';
    const differences = [{ record: null, line: null, what, ...(actual === undefined ? {} : { actual }) }];
    return { of, ok: false, differences, outcomes };
  }
  if ('error' in expected) {
    const ok = error?.code === expected.error;
    const difference = { record: null, line: null, what: 'error', expected: expected.error };
    return { of, ok, differences: ok ? [] : [actual === undefined ? difference : { ...difference, actual }], outcomes };
  }
  const differences =
    actual === undefined ? compareOutcomes(expected, outcomes) : [{ record: null, line: null, what: 'error', actual }];
  return { of, ok: differences.length === 0, differences, outcomes };
}

async function attempt(
  { now }: SyncTestCase,
  { trial, input, run }: CaseSetting,
): Promise<readonly [readonly Outcome[], SyncError | null]> {
  try {
    return [await trial(input, { run, now }), null];
  } catch (error) {
    if (error instanceof SyncError && error.code.startsWith('source.')) return [[], error];
    throw error;
  }
}

/** What became of the records, in the words of `expect`: to be written into a test. */
export function asExpectation(outcomes: readonly Outcome[]): readonly unknown[] {
  return outcomes.map((outcome) => {
    const { key, version } = outcome;
    const identity = { key, ...(version === null ? {} : { version }) };
    if (outcome.kind === 'rejected') return { ...identity, violations: outcome.violations.map(brief) };
    if (outcome.kind === 'filtered') return { key, filtered: true };
    const warnings = outcome.warnings.map(brief);
    return { ...identity, fields: outcome.fields, ...(warnings.length === 0 ? {} : { warnings }) };
  });
}

function brief({ rule, field }: { readonly rule: string; readonly field?: string }): Record<string, string> {
  return field === undefined ? { rule } : { rule, field };
}
