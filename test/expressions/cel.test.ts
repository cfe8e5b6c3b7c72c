import { describe, expect, test } from 'vitest';

import { createCel } from '../../src/expressions/cel.ts';

const RECORD = { a: '1.50', n: null, yes: true, list: ['x', 'y'], nested: { k: 'v' }, 客户: '王' };
const compile = createCel(['record', 'name', 'type']);
const run = (source: string): unknown => {
  const result = compile(source).evaluate({ record: RECORD, name: null, type: 'T' });
  return result.ok ? result.value : new Error(result.message);
};

test.each([
  ['record.a', '1.50'],
  ['record["客户"]', '王'],
  ['record.n', null],
  ['record.yes', true],
  ['record.list', ['x', 'y']],
  ['record.list.map(i, i + "!")', ['x!', 'y!']],
  ['record.list.exists(i, i.matches("^x$"))', true],
  ['has(record.zz)', false],
  ['1 + 2', '3'],
  ['2.50 * 2.0', '5'],
  ['1e21', '1000000000000000000000'],
  ['1.5e-7', '0.00000015'],
  ['-1.25e22', '-12500000000000000000000'],
  ['-0.0', '0'],
  ['uint(3)', '3'],
  ['timestamp("2024-01-01T08:00:00+08:00")', '2024-01-01T00:00:00.000Z'],
  ['number(record.a) > 1.0 ? "key" : "standard"', 'key'],
  ['number(record.a) > 1', true],
  ['number(3)', '3'],
  ['name == null || size(name) > 1', true],
  ['record.a.matches("^[0-9.]+$")', true],
  ['[1, "a", null]', ['1', 'a', null]],
])('%s gives %j', (source, expected) => {
  expect(run(source)).toEqual(expected);
});

test.each([
  ['record.zz', 'No such key: zz'],
  ['record.constructor', 'No such key: constructor'],
  ['record.__proto__', 'No such key: __proto__'],
  ['record.a > 10.0', 'no such overload: dyn<string> > double'],
  ['number(record.n)', 'number() has no value to read: it is null'],
  ['number("1e5")', 'number() reads decimal numbers only'],
  ['number("")', 'number() reads decimal numbers only'],
  ['1 / 0', 'division by zero'],
  ['1.0 / 0.0', 'the expression gives Infinity, which is not a number'],
  ['record.nested', 'the expression gives neither text, number, boolean, null nor a list of them'],
  ['[record.nested]', 'the expression gives neither text, number, boolean, null nor a list of them'],
  ['b"ab"', 'the expression gives neither text, number, boolean, null nor a list of them'],
  ['name.matches("a")', "found no matching overload for 'null.matches(string)'"],
  ['"a".matches(record.a + "(")', 'the pattern has a ( without a ) (at character 6)'],
])('%s is an error of the record: %s', (source, message) => {
  expect(run(source)).toEqual(new Error(message));
});

test.each([
  ['a +', 'the expression is not valid: Unexpected token: EOF (at character 4)'],
  ['unknown', 'the expression is not valid: Unknown variable: unknown (at character 1)'],
  ['record.客户', 'the expression is not valid: Unexpected character: 客 (at character 8)'],
  ['"a" + 1', 'the expression is not valid: no such overload: string + int (at character 1)'],
  ['"a".matches("(")', 'the pattern has a ( without a ) (at character 2)'],
  ['"a".matches_linear("a")', 'the function `matches_linear` is unknown'],
  ['type == "T"', 'the field `type` cannot be used in an expression: CEL has a word of that name'],
  ['[1].all(a, [1].all(b, [1].all(c, [1].all(d, true))))', 'the expression nests more than 3 macros (all)'],
])('%s does not compile: %s', (source, message) => {
  expect(() => compile(source)).toThrow(message);
});

describe('with optionals and functions', () => {
  const functions = {
    has: (name: string) => ['shout', 'date'].includes(name),
    compile: (name: string, args: unknown) => {
      if (args === 'wrong') throw new Error('no such argument');
      return (value: unknown) => {
        if (value === 'bad') throw new TypeError('is bad');
        return `${name} ${JSON.stringify(args)} ${JSON.stringify(value)}`;
      };
    },
  };
  const compileWith = createCel(['record'], { functions, optionals: true });
  const evaluate = (source: string): unknown => {
    const result = compileWith(source).evaluate({ record: { ...RECORD, bad: 'bad' } });
    return result.ok ? result.value : new Error(result.message);
  };

  test.each([
    ['record.?a', '1.50'],
    ['record.?zz', undefined],
    ['record[?"zz"]', undefined],
    ['record.?nested.?zz', undefined],
    ['record.?zz.orValue("none")', 'none'],
    ['shout(record.a)', 'shout null "1.50"'],
    ['shout(record.?a).orValue("none")', 'shout null "1.50"'],
    ['shout(record.?zz)', undefined],
    ['shout(shout("x")) + "!"', 'shout null "shout null \\"x\\""!'],
    ['record.list.map(i, shout(i))', ['shout null "x"', 'shout null "y"']],
    ['date("1", "yyyy/M/d")', 'date "yyyy/M/d" "1"'],
    ['date("1", {"format": ["a", "b"], "n": -2, "x": 1.5})', 'date {"format":["a","b"],"n":-2,"x":1.5} "1"'],
    ['shout(record.bad)', new Error('is bad')],
    ['shout(record.zz)', new Error('No such key: zz')],
  ])('%s gives %j', (source, expected) => {
    expect(evaluate(source)).toEqual(expected);
  });

  test.each([
    ['shout()', 'shout() takes the value, and at most one argument as it would stand under `apply`'],
    ['shout("a", "b", "c")', 'shout() takes the value, and at most one argument'],
    ['date("1", record.a)', 'the argument of date() must be written out: text, a number, a list or a map of them'],
    ['date("1", "wrong")', 'no such argument'],
    ['function_0("a")', 'the function `function_0` is unknown'],
    ['whisper("a")', 'the expression is not valid'],
  ])('%s does not compile: %s', (source, message) => {
    expect(() => compileWith(source)).toThrow(message);
  });

  test('without functions a name of theirs is unknown', () => {
    expect(() => compile('shout("a")')).toThrow('the expression is not valid');
  });
});

describe('hostile expressions and texts', () => {
  test('an expression of ten thousand parentheses is refused', () => {
    expect(() => compile('('.repeat(2000) + '1' + ')'.repeat(2000))).toThrow('the expression is not valid');
  });

  test('an expression of more than a thousand nodes is refused', () => {
    expect(() => compile('1+'.repeat(1200) + '1')).toThrow('the expression is not valid');
    expect(() => compile('1+'.repeat(4000) + '1')).toThrow('longer than 5000 characters');
  });

  test('a catastrophic pattern from the record is matched in linear time', () => {
    const expression = createCel(['record'])('record.text.matches(record.pattern)');
    const evaluate = (text: string, pattern: string): unknown => expression.evaluate({ record: { text, pattern } });
    expect(evaluate('a'.repeat(9999), '^(a+)+b$')).toEqual({ ok: true, value: false });
    expect(evaluate('a'.repeat(10_001), 'a')).toEqual({
      ok: false,
      message: 'matches() reads at most 10000 characters',
    });
    expect(evaluate('a', 'a'.repeat(300))).toEqual({ ok: false, message: 'the pattern is longer than 200 characters' });
  });

  test('ever new patterns do not gather in memory, and stay right', () => {
    const expression = createCel(['record'])('record.text.matches(record.pattern)');
    for (let index = 0; index < 300; index += 1) {
      const record = { text: `a${index}`, pattern: `^a${index}$` };
      expect(expression.evaluate({ record })).toEqual({ ok: true, value: true });
    }
  });

  test('names lists what the expression mentions', () => {
    expect([...compile('name == null || record.list.exists(i, i == "x")').names]).toEqual(['name', 'record', 'i']);
  });
});
