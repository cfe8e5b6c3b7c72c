import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

import { FILES, problemsOf } from './project.ts';

const ANYTHING = fc.oneof(
  fc.constantFrom(
    null,
    true,
    0,
    -1,
    1.5,
    '',
    'name',
    '${env:X}',
    '${',
    '__proto__',
    'constructor',
    [],
    {},
    [[]],
    [null],
  ),
  fc.string(),
  fc.jsonValue({ maxDepth: 3 }),
);

/** Every place of a value, as the keys that lead to it. */
function places(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, part]) => places(part, [...path, key]))];
}

function replaced(value: unknown, [step, ...rest]: readonly string[], by: unknown): unknown {
  if (step === undefined || typeof value !== 'object' || value === null) return by;
  const copy: object = Array.isArray(value) ? [...value] : { ...value };
  Reflect.set(copy, step, replaced(Reflect.get(value, step), rest, by));
  return copy;
}

test.each(['tributary.yaml', 'syncs/customers.yaml'] as const)(
  'whatever stands in %s, it is loaded or refused with places in the files',
  async (file) => {
    const data: unknown = parse(FILES[file]);
    const property = fc.asyncProperty(
      fc.constantFrom(...places(data)),
      ANYTHING,
      fc.boolean(),
      async (path, value, extra) => {
        const at = extra ? [...path, 'extra'] : path;
        const text = JSON.stringify(replaced(data, at, value), null, 1);
        const problems = await problemsOf({ ...FILES, [file]: text });
        for (const problem of problems) {
          const lines = problem.file === file ? text.split('\n') : FILES['syncs/customers.yaml'].split('\n');
          expect(problem.line).toBeLessThanOrEqual(lines.length);
          expect(problem.column).toBeLessThanOrEqual((lines[problem.line - 1] ?? '').length + 1);
          expect(problem.message).not.toMatch(/undefined|\[object|something else/);
        }
      },
    );
    await fc.assert(property, { numRuns: 100 });
  },
);
