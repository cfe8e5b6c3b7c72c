// The page docs/reference/functions.md, made from the functions' summaries and examples.

import type { Value } from '../domain/values.ts';
import { exampleCode, exampleRow } from '../expressions/example-text.ts';
import type { FunctionExample, TransformFunction } from './functions/function.ts';
import { FUNCTIONS } from './functions/registry.ts';

const INTRODUCTION = `# Transform functions

<!-- Generated from src/transform/functions/; do not edit. -->

The steps of \`apply\` in a mapping, in the order in which they are written: \`apply: [trim, { phone: { region: CN } }]\`. A function takes each text of a list; absent and empty values pass it by. What it makes of its input depends on nothing else: not on the clock, the machine's time zone or its language. A value that it cannot read is a violation of the record, never an error of the run.

Every example below is a test.`;

/** The reference of all transform functions in Markdown. */
export function functionsReference(): string {
  return `${[INTRODUCTION, ...[...FUNCTIONS.values()].map(section)].join('\n\n')}\n`;
}

function section({ name, summary, takes, examples }: TransformFunction): string {
  const whole = takes === 'list' ? ' Takes a list as a whole.' : '';
  const withRecord = examples.some(({ record }) => record !== undefined);
  const head = ['Step', ...(withRecord ? ['Record'] : []), 'Value', 'Result'];
  const rows = examples.map((example) => [
    exampleCode(example.args === undefined || example.args === null ? name : { [name]: example.args }),
    ...(withRecord ? [example.record === undefined ? '' : exampleCode(example.record)] : []),
    exampleCode(example.input),
    resultOf(example),
  ]);
  return [`## ${name}\n\n${summary}${whole}`, [head, head.map(() => '---'), ...rows].map(exampleRow).join('\n')].join(
    '\n\n',
  );
}

function resultOf({ output, error }: FunctionExample): string {
  if (error !== undefined) return `error: ${error}`;
  return isNothing(output) ? 'empty' : exampleCode(output);
}

function isNothing(value: Value | undefined): boolean {
  return value === undefined || value === '';
}
