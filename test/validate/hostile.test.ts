import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { RuleDefinition } from '../../src/domain/definition.ts';
import type { Value } from '../../src/domain/values.ts';
import { RULE_KINDS } from '../../src/validate/rules/registry.ts';
import type { RuleKind } from '../../src/validate/rules/rule.ts';
import type { Validate, Verdict } from '../../src/validate/validate.ts';
import { NAUGHTY } from '../support/naughty.ts';
import { canonical, rule, validator } from './support.ts';

// `TRIBUTARY_CASES=100000` for the long run.
const CASES = Number(process.env['TRIBUTARY_CASES'] ?? 50);
const RUN_START = '2026-11-22T03:00:00.000Z';

/** A rule of each of the arguments of its examples, alone and with functions that mend. */
function validatorsOf({ kind, examples, decidedBySeal }: RuleKind): readonly Validate[] {
  const distinct = new Map(examples.map((example) => [JSON.stringify([example.args, example.type]), example]));
  return [...distinct.values()].flatMap(({ args, type = 'text' }) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the registry has the kinds of the definition
    const definition = rule({ field: 'value', kind: kind as RuleDefinition['kind'], args, level: 'warn' });
    const fix = ['trim', 'nfkc', 'lower'].map((fn) => ({ fn, args: null }));
    const fields = { value: { type }, other: { type } };
    const mending = decidedBySeal === true ? [] : [[{ ...definition, fix }]];
    return [[definition], ...mending].map((check) => validator({ fields, check }));
  });
}

const isVerdict = (verdict: Verdict): boolean => verdict.kind === 'accepted' || verdict.violations.length > 0;

const anyValue: fc.Arbitrary<Value> = fc.oneof(
  fc.constantFrom(...NAUGHTY),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.boolean(),
  fc.array(fc.oneof(fc.constantFrom(...NAUGHTY), fc.boolean(), fc.constant(null)), { maxLength: 4 }),
);

describe.each([...RULE_KINDS.values()])('$kind', (kind) => {
  const validators = validatorsOf(kind);
  const judge = (value: Value, other: Value): readonly Verdict[] =>
    validators.map((validate) => validate(canonical({ value, other }), RUN_START));

  test('answers every naughty string, the same twice', () => {
    for (const text of NAUGHTY) {
      const verdicts = judge(text, text);
      expect([text, verdicts.every(isVerdict)]).toEqual([text, true]);
      expect(judge(text, text)).toEqual(verdicts);
    }
  });

  test('answers whatever value there is', () => {
    fc.assert(
      fc.property(anyValue, anyValue, (value, other) => judge(value, other).every(isVerdict)),
      { numRuns: CASES },
    );
  });
});
