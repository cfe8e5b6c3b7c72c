// Where the outcomes of a case differ from what it expects.

import type { ExpectedOutcome, ExpectedViolation } from '../config/load-sync-tests.ts';
import { sameValue, type Value, type Violation } from '../domain/values.ts';
import type { Outcome } from './outcome.ts';

/** One difference. A side that is undefined is not there. */
export interface Difference {
  /** The record's place among the outcomes, from 1; null for the case as a whole. */
  readonly record: number | null;
  /** The line of the expectation in the test file; null where nothing was expected. */
  readonly line: number | null;
  /** `key`, `fields.email`, `violations`, `outcome`, `records`, `error`. */
  readonly what: string;
  readonly expected?: unknown;
  readonly actual?: unknown;
}

type Found = Omit<Difference, 'record' | 'line'>;

/** All differences, record by record; none when the case holds. */
export function compareOutcomes(
  expected: readonly ExpectedOutcome[],
  actual: readonly Outcome[],
): readonly Difference[] {
  const differences: Difference[] = [];
  if (expected.length !== actual.length) {
    differences.push({
      record: null,
      line: null,
      what: 'records',
      expected: expected.length,
      actual: actual.length,
    });
  }
  for (let index = 0; index < Math.max(expected.length, actual.length); index++) {
    const one = expected[index];
    for (const found of compareOutcome(one, actual[index]))
      differences.push({ record: index + 1, line: one?.line ?? null, ...found });
  }
  return differences;
}

function compareOutcome(expected: ExpectedOutcome | undefined, actual: Outcome | undefined): readonly Found[] {
  if (expected === undefined || actual === undefined) {
    return [{ what: 'outcome', ...side('expected', expected?.is.kind), ...side('actual', actual && summary(actual)) }];
  }
  const found: Found[] = [];
  for (const what of ['key', 'version'] as const) {
    if (expected[what] !== undefined && expected[what] !== actual[what])
      found.push({ what, expected: expected[what], actual: actual[what] });
  }
  const { is, partial } = expected;
  if (is.kind !== actual.kind) found.push({ what: 'outcome', expected: is.kind, actual: summary(actual) });
  else if (is.kind === 'rejected' && actual.kind === 'rejected')
    found.push(...compareViolations('violations', { expected: is.violations, actual: actual.violations, partial }));
  else if (is.kind === 'accepted' && actual.kind === 'accepted') {
    found.push(...compareFields(is, actual, partial));
    found.push(...compareViolations('warnings', { expected: is.warnings, actual: actual.warnings, partial }));
  }
  return found;
}

function compareFields(
  expected: ExpectedOutcome['is'] & { kind: 'accepted' },
  actual: Outcome & { kind: 'accepted' },
  partial: boolean,
): readonly Found[] {
  const names = new Set([...Object.keys(expected.fields), ...(partial ? expected.absent : Object.keys(actual.fields))]);
  return [...names].flatMap((name) => {
    const [wanted, got] = [own(expected.fields, name), own(actual.fields, name)];
    if (wanted === undefined ? got === undefined : sameValue(wanted, got)) return [];
    return [{ what: `fields.${name}`, ...side('expected', wanted), ...side('actual', got) }];
  });
}

interface Violations {
  readonly expected: readonly ExpectedViolation[];
  readonly actual: readonly Violation[];
  readonly partial: boolean;
}

/** In any order; each violation meets one expectation. */
function compareViolations(what: string, { expected, actual, partial }: Violations): readonly Found[] {
  const left = [...actual];
  const missing = expected.filter((wanted) => {
    const index = left.findIndex((violation) => meets(violation, wanted));
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
  const unexpected = partial ? [] : left;
  return [
    ...missing.map((wanted) => ({ what, expected: violationText(wanted) })),
    ...unexpected.map((violation) => ({ what, actual: violationText(violation) })),
  ];
}

function meets(violation: Violation, { rule, field, message }: ExpectedViolation): boolean {
  return (
    violation.rule === rule &&
    violation.field === field &&
    (message === undefined || violation.message.includes(message))
  );
}

function violationText({ rule, field, message }: ExpectedViolation): string {
  return `${field ?? 'record'}: ${rule}${message === undefined ? '' : ` (${message})`}`;
}

function summary(outcome: Outcome): string {
  if (outcome.kind !== 'rejected') return outcome.kind;
  return `rejected: ${outcome.violations.map(violationText).join('; ')}`;
}

function side(name: 'expected' | 'actual', value: unknown): Record<string, unknown> {
  return value === undefined ? {} : { [name]: value };
}

function own(fields: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}
