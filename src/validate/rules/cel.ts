import { z } from 'zod';

import type { Fields, Value } from '../../domain/values.ts';
import { invalid } from '../../expressions/invalid.ts';
import { parseArgs, type Failure, type RuleKind } from './rule.ts';

const schema = z.string({ error: 'expected an expression' }).min(1, { error: 'expected an expression' });

export const cel: RuleKind = {
  kind: 'cel',
  summary:
    'The expression must be true. Every field of the object is a variable; one that is absent is null. Decimals are text: compare them with `number(x)`. An expression that fails is a violation too.',
  examples: [
    { args: 'size(value) > 1', input: 'Acme' },
    { args: 'size(value) > 1', input: 'A', error: 'does not meet size(value) > 1' },
    { args: 'number(value) <= number(other)', type: 'decimal', input: '9', others: { other: '10' } },
    {
      args: 'number(value) <= number(other)',
      type: 'decimal',
      input: '11',
      others: { other: '10' },
      error: 'does not meet number(value) <= number(other)',
    },
  ],
  compile: (args, { field, cel: compile }) => {
    const source = parseArgs(schema, args);
    const { evaluate, names, type } = compile(source);
    if (type !== 'bool' && type !== 'dyn') throw invalid(`the expression gives ${type}, not true or false`);
    return {
      reads: names,
      run: (fields) => {
        const result = evaluate(variables(names, fields));
        if (result.ok && result.value === true) return null;
        return failure(
          result.ok ? `does not meet ${source}` : result.message,
          field === null ? undefined : fields[field.name],
        );
      },
    };
  },
};

function variables(names: ReadonlySet<string>, fields: Fields): Record<string, Value> {
  const values: Record<string, Value> = {};
  for (const name of names) values[name] = fields[name] ?? null;
  return values;
}

function failure(message: string, value: Value | undefined): Failure {
  return value === undefined ? { message } : { message, value };
}
