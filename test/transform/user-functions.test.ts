import { describe, expect, test } from 'vitest';
import type { FieldMapping } from '../../src/domain/definition.ts';
import { userFunctionsIn } from '../../src/domain/user-functions.ts';
import { compileTransform } from '../../src/transform/compile.ts';
import type { FunctionResult } from '../../src/transform/transform.ts';
import { type FunctionCall, makeAll } from '../../src/transform/user-functions.ts';
import { field, record, sync } from './support.ts';

const apply = (from: string, ...steps: readonly (string | [string, unknown])[]): FieldMapping =>
  field({
    from: [from],
    apply: steps.map((step) => (typeof step === 'string' ? { fn: step, args: null } : { fn: step[0], args: step[1] })),
  });

const FUNCTIONS: Readonly<Record<string, (value: FunctionCall['value'], args: unknown) => FunctionResult>> = {
  shout: (value) => ({ value: `${String(value)}!` }),
  args: (value, args) => ({ value: `${String(value)}${JSON.stringify(args)}` }),
  fail: () => ({ error: 'has a wrong check digit' }),
  empty: () => ({ value: '' }),
};

/** Makes records and answers with their fields, their violations, and how many calls went out in which round. */
async function make(map: Readonly<Record<string, FieldMapping>>, ...records: readonly string[]) {
  const rounds: number[] = [];
  const made = await makeAll(records.map(record), compileTransform(sync({ map })), async (calls) => {
    rounds.push(calls.length);
    return calls.map(({ name, value, args }) => FUNCTIONS[name]?.(value, args) ?? { error: 'is not there' });
  });
  return {
    made: made.map(({ fields, violations }) => ({
      ...fields,
      ...Object.fromEntries(violations.map((one) => [one.field, one])),
    })),
    rounds,
  };
}

describe('functions of the project in a mapping', () => {
  test('what comes before and after them is done as ever', async () => {
    const { made, rounds } = await make(
      { f: apply('a', 'trim', 'my.shout', 'upper'), g: apply('a') },
      '{"id":1,"a":" x "}',
    );
    expect(made).toEqual([{ f: 'X!', g: ' x ' }]);
    expect(rounds).toEqual([1]);
  });

  test('a batch is one call, and equal values are asked for once', async () => {
    const { made, rounds } = await make(
      { f: apply('a', 'my.shout') },
      '{"id":1,"a":"x"}',
      '{"id":2,"a":"y"}',
      '{"id":3,"a":"x"}',
    );
    expect(made).toEqual([{ f: 'x!' }, { f: 'y!' }, { f: 'x!' }]);
    expect(rounds).toEqual([2]);
  });

  test('one after another takes a round each, side by side one for all', async () => {
    const map = {
      f: apply('a', 'my.shout', 'my.shout'),
      g: apply('a', ['my.args', { n: 1 }]),
      h: apply('b', 'my.shout'),
    };
    const { made, rounds } = await make(map, '{"id":1,"a":"x"}', '{"id":2,"b":"y"}');
    expect(made).toEqual([{ f: 'x!!', g: 'x{"n":1}' }, { h: 'y!' }]);
    expect(rounds).toEqual([3, 1]);
  });

  test('absent and null never reach them; lists do as a whole', async () => {
    const { made, rounds } = await make(
      { f: apply('a', 'my.shout') },
      '{"id":1}',
      '{"id":2,"a":null}',
      '{"id":3,"a":["x","y"]}',
    );
    expect(made).toEqual([{}, { f: null }, { f: 'x,y!' }]);
    expect(rounds).toEqual([1]);
  });

  test('an error is the violation of that record, an empty answer an absent field', async () => {
    const { made } = await make({ f: apply('a', 'my.fail'), g: apply('a', 'my.empty') }, '{"id":1,"a":"x"}');
    expect(made).toEqual([{ f: { field: 'f', rule: 'my.fail', message: 'has a wrong check digit', value: 'x' } }]);
  });

  test('where none can be called, each use is a violation', () => {
    const transform = compileTransform(sync({ map: { f: apply('a', 'my.shout') } }));
    expect(transform(record('{"id":1,"a":"x"}')).violations).toMatchObject([{ field: 'f', rule: 'my.shout' }]);
  });

  test('without any, nothing is called', async () => {
    const { rounds } = await make({ f: apply('a', 'trim') }, '{"id":1,"a":"x"}');
    expect(rounds).toEqual([]);
  });
});

test('their uses are found wherever they stand', () => {
  expect(
    userFunctionsIn({ f: apply('a', 'trim', 'my.one'), g: apply('a', ['my.two', { fn: 'my.three', args: 1 }]) }),
  ).toEqual([
    { name: 'one', path: ['f', 'apply', 1] },
    { name: 'two', path: ['g', 'apply', 0] },
  ]);
});
