import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { call, startFunctions, type Started } from './support.ts';

const CODE = `
import { shout } from 'shouting';
import { writeFileSync } from 'node:fs';
export const same = (value) => value;
export const withArgs = (value, args) => value + args.suffix;
export const count = (value) => value.length;
export const big = () => 12345678901234567890n;
export const none = () => undefined;
export const nothing = () => null;
export const list = (value) => [value, true, 1];
export const throws = (value) => { throw new Error('has a wrong check digit'); };
export const throwsText = () => { throw 'odd'; };
export const throwsNothing = () => { throw undefined; };
export const object = () => ({ a: 1 });
export const nan = () => NaN;
export const later = async (value) => value;
export const deep = (value) => { const list = []; list.push(list); return list; };
export const loops = (value) => { if (value === 'bad') for (;;); return value; };
export const slow = (value) => { const end = Date.now() + 60; while (Date.now() < end); return value; };
export const heap = (value) => { if (value === 'bad') { const all = []; for (;;) all.push(new Array(1000).fill({})); } return value; };
export const buffers = (value) => { if (value === 'bad') { const all = []; for (;;) all.push(Buffer.alloc(10_000_000, 1)); } return value; };
export const exits = (value) => { if (value === 'bad') process.exit(0); return value; };
export const writes = (value) => writeFileSync('/tmp/tributary-functions-must-not-write', value);
export const network = () => typeof fetch;
export const environment = () => Object.keys(process.env).join();
export const packaged = (value) => shout(value);
export const notFunction = 1;
`;

describe('what functions give', () => {
  let one: Started;
  beforeAll(() => {
    one = startFunctions(CODE);
  });
  afterAll(() => one.stop());

  test.each([
    ['text', call('same', 'a'), 'a'],
    ['a list', call('same', ['a', 'b']), ['a', 'b']],
    ['a boolean', call('same', true), true],
    ['with arguments', call('withArgs', 'a', { suffix: 'b' }), 'ab'],
    ['numbers become text', call('count', 'abc'), '3'],
    ['with every digit', call('big', 'a'), '12345678901234567890'],
    ['undefined becomes empty text: the stream says what that is', call('none', 'a'), ''],
    ['null stays null', call('nothing', 'a'), null],
    ['lists are taken item by item', call('list', 'a'), ['a', true, '1']],
    ['an error is a violation with its message', call('throws', 'a'), 'error: has a wrong check digit'],
    ['whatever is thrown', call('throwsText', 'a'), 'error: odd'],
    ['even nothing', call('throwsNothing', 'a'), 'error: undefined'],
    ['objects are refused', call('object', 'a'), expect.stringMatching(/^error: gave an object; expected text/)],
    ['numbers that are none', call('nan', 'a'), expect.stringMatching(/^error: gave NaN/)],
    ['promises', call('later', 'a'), expect.stringMatching(/^error: gave a promise/)],
    ['endless lists', call('deep', 'a'), expect.stringMatching(/^error: Maximum call stack/)],
    ['packages of the project are found', call('packaged', 'a'), 'a!'],
    ['what is not there', call('missing', 'a'), expect.stringMatching(/^error: .*not a function/)],
    ['files are not written', call('writes', 'a'), expect.stringMatching(/^error: .*restricted/)],
    ['the network is out of reach', call('network', 'a'), 'undefined'],
    ['nothing of our environment is seen', call('environment', 'a'), expect.stringMatching(/^NODE_\w+(,NODE_\w+)*$/)],
  ])('%s', async (_what, given, result) => {
    expect(await one.run([given])).toEqual([result]);
  });
});

let started: Started;
afterEach(() => started?.stop());

describe('one bad value has the violation, the others have their results', () => {
  const values = [
    ...Array.from({ length: 30 }, (_, at) => `v${at}`),
    'bad',
    ...Array.from({ length: 30 }, (_, at) => `w${at}`),
  ];
  test.each([
    ['loops', 'took longer than 0.3 s', { timeoutMs: 300 }],
    ['heap', 'took more than 64 MB of memory', { timeoutMs: 10_000 }],
    ['buffers', 'took more than 64 MB of memory', { timeoutMs: 10_000 }],
  ])('%s', async (name, reason, limits) => {
    started = startFunctions(CODE, limits);
    const results = await started.run(values.map((value) => call(name, value)));
    expect(results).toEqual(values.map((value) => (value === 'bad' ? `error: ${reason}` : value)));
    expect(started.starts()).toBe(3);
  });

  test('two that end the process, far apart in one batch', async () => {
    started = startFunctions(CODE);
    const many = Array.from({ length: 5_000 }, (_, at) => (at === 700 || at === 4_500 ? 'bad' : `v${at}`));
    const results = await started.run(many.map((value) => call('exits', value)));
    expect(results).toEqual(many.map((value) => (value === 'bad' ? 'error: ended its process' : value)));
  });
});

test('what a batch has no time for is not called', async () => {
  started = startFunctions(CODE, { batchMs: 400 });
  const results = await started.run(Array.from({ length: 40 }, (_, at) => call('slow', `v${at}`)));
  expect(results).toHaveLength(40);
  expect(results[0]).toBe('v0');
  expect(results.at(-1)).toBe('error: was not called, because the functions of its batch took longer than 0.4 s');
});

test('batches wait for each other, and the process is kept', async () => {
  started = startFunctions(CODE);
  const batches = await Promise.all(['a', 'b', 'c'].map((value) => started.run([call('same', value)])));
  expect({ batches, starts: started.starts() }).toEqual({ batches: [['a'], ['b'], ['c']], starts: 1 });
});

test('an abort ends the call at once', async () => {
  started = startFunctions(CODE, { timeoutMs: 60_000 });
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 200);
  await expect(started.run([call('loops', 'bad')], controller.signal)).rejects.toThrow(/abort/);
  expect(await started.run([call('same', 'a')])).toEqual(['a']);
});

test.each([
  ['a module that throws', `throw new Error('no such file: customers.txt')`, 'no such file: customers.txt'],
  [
    'a package that is not there',
    `import 'no-such-package'; export const a = () => 1`,
    "Cannot find package 'no-such-package'",
  ],
  ['a module that ends its process', `process.exit(3)`, 'they end their process'],
])('%s cannot be loaded', async (_what, code, message) => {
  started = startFunctions(code);
  await expect(started.run([call('a', 'b')])).rejects.toMatchObject({
    code: 'functions.unloadable',
    message: expect.stringContaining(message),
  });
});
