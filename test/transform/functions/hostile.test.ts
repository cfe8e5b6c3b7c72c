import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { SourceRecord, Value } from '../../../src/domain/values.ts';
import { Fault, type Outcome } from '../../../src/transform/fault.ts';
import type { TransformFunction } from '../../../src/transform/functions/function.ts';
import { FUNCTIONS } from '../../../src/transform/functions/registry.ts';
import { compileStep, type Step } from '../../../src/transform/steps.ts';
import { NAUGHTY } from '../../support/naughty.ts';

// `TRIBUTARY_CASES=100000` for the long run.
const CASES = Number(process.env['TRIBUTARY_CASES'] ?? 50);

/** A function with each of the arguments of its examples. */
function stepsOf(fn: TransformFunction): readonly Step[] {
  const args = new Set(fn.examples.map((example) => JSON.stringify(example.args ?? null)));
  return [...args].map((text) => compileStep({ fn: fn.name, args: JSON.parse(text) as unknown }));
}

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.constantFrom(...NAUGHTY),
  fc.tuple(fc.constantFrom(...NAUGHTY), fc.string({ maxLength: 10 })).map((parts) => parts.join('')),
);

const RECORD: SourceRecord = { country: 'CN' };

function isValue(value: Outcome): boolean {
  if (value instanceof Fault) return value.message !== '' && JSON.stringify(value.toViolation('f')) !== '';
  return Array.isArray(value)
    ? value.every(isValue)
    : value === null || typeof value === 'string' || typeof value === 'boolean';
}

describe.each([...FUNCTIONS.values()])('$name', (fn) => {
  const steps = stepsOf(fn);
  const answers = (value: string | boolean | readonly Value[]): readonly Outcome[] =>
    steps.map((step) => step(value, { record: RECORD }));

  test('answers every naughty string with a value or an error, the same twice', () => {
    for (const text of NAUGHTY) {
      const first = answers(text);
      expect([text, first.filter((value) => !isValue(value))]).toEqual([text, []]);
      expect(answers(text)).toEqual(first);
    }
    expect(answers(NAUGHTY.filter((text) => text !== '')).every(isValue)).toBe(true);
    expect([...answers(true), ...answers([null, 'a', false])].every(isValue)).toBe(true);
  });

  test('answers whatever text there is', () => {
    fc.assert(
      fc.property(anyText, (text) => answers(text).every(isValue)),
      { numRuns: CASES },
    );
  });
});

// A value that has its form stays as it is: to read the same record again, or a CRM's own value, changes nothing.
const SETTLING: readonly [string, unknown][] = [
  ...['trim', 'squash', 'lower', 'upper', 'title', 'nfc', 'nfkc', 'halfwidth'].map((fn): [string, null] => [fn, null]),
  ...['decimal', 'integer', 'boolean', 'datetime', 'email', 'url', 'country', 'uscc', 'resident_id', 'company_key'].map(
    (fn): [string, null] => [fn, null],
  ),
  ['phone', 'CN'],
  ['date', ['yyyy-MM-dd', 'yyyy/M/d']],
  ['prefix', { text: 'SO-', once: true }],
  ['pad', { to: 8 }],
  ['empty_if', ['-']],
];

test.each(SETTLING)('%s with %j, twice, gives what it gives once', (fn, args) => {
  const step = compileStep({ fn, args });
  const examples = (FUNCTIONS.get(fn)?.examples ?? []).flatMap(({ input }) => (typeof input === 'string' ? input : []));
  const twice = (text: string): void => {
    const once = step(text, { record: RECORD });
    if (once instanceof Fault || once === null || once === undefined || once === '') return;
    expect([text, step(once, { record: RECORD })]).toEqual([text, once]);
  };
  for (const text of [...examples, ...NAUGHTY]) twice(text);
  fc.assert(fc.property(anyText, twice), { numRuns: CASES });
});
