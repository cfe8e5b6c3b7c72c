// A transform is a function of the record and the definition: not of the process, its time zone, its language, or what it
// transformed before.

import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FieldMapping } from '../../src/domain/definition.ts';
import type { SourceRecord } from '../../src/domain/values.ts';
import { compileTransform } from '../../src/transform/compile.ts';
import { FUNCTIONS } from '../../src/transform/functions/registry.ts';
import { field, sync } from './support.ts';

const CHILD = fileURLToPath(new URL('purity-child.js', import.meta.url));

/** Every function with the arguments of its examples, and expressions that could be tempted to look at a clock or zone. */
function everyMapping(): Readonly<Record<string, FieldMapping>> {
  const map: Record<string, FieldMapping> = {
    stamp: field({ cel: 'timestamp(record.text)' }),
    hour: field({ cel: 'timestamp(record.text).getHours()' }),
    zoned: field({ cel: 'timestamp(record.text).getHours("Asia/Shanghai")' }),
    sorted: field({ cel: 'record.text < "m" ? lower(record.text) : upper(record.text)' }),
    conditional: field({ from: ['text'], when: 'size(record.text) > 3' }),
  };
  for (const [name, { examples }] of FUNCTIONS) {
    const distinct = new Set(examples.map(({ args }) => JSON.stringify(args ?? null)));
    for (const [index, args] of [...distinct].entries())
      map[`${name}_${index}`] = field({ from: ['text'], apply: [{ fn: name, args: JSON.parse(args) }] });
  }
  return map;
}

const texts = [...FUNCTIONS.values()].flatMap(({ examples }) => examples.flatMap(({ input }) => input)).map(String);
const when = fc.date({ min: new Date('1900-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });
const anyText = fc.oneof(
  fc.constantFrom(...texts),
  when.map((date) => date.toISOString()),
  when.map((date) => date.toISOString().slice(0, 16).replace('T', ' ')),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
);
const anyRecord: fc.Arbitrary<SourceRecord> = fc.record({
  id: fc.string(),
  text: fc.oneof(anyText, fc.array(anyText, { maxLength: 3 }), fc.constant(null)),
  country: fc.constantFrom('CN', 'DE', 'US', ''),
});

const definition = sync({ map: everyMapping(), stream: { version: 'text' } });
const records = fc.sample(anyRecord, { numRuns: 200, seed: 20261122 });

async function inProcess(env: NodeJS.ProcessEnv): Promise<unknown> {
  const child = spawn(process.execPath, [CHILD], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify({ definition, records }));
  return JSON.parse(await text(child.stdout));
}

test('the same in another process, time zone and language', async () => {
  const here = compileTransform(definition);
  const made: unknown = JSON.parse(JSON.stringify(records.map((one) => here(one))));
  const there = await inProcess({ TZ: 'Pacific/Kiritimati', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' });
  // Its zone is 14 hours ahead at these instants, if it did arrive.
  expect(there).toEqual({ offset: -840, made });
}, 60_000);

test('the same in any order, and again', () => {
  fc.assert(
    fc.property(fc.array(anyRecord, { minLength: 1, maxLength: 5 }), (some) => {
      const once = compileTransform(definition);
      const first = some.map((one) => once(one));
      expect(some.toReversed().map((one) => once(one))).toEqual(first.toReversed());
      const again = compileTransform(definition);
      expect(some.map((one) => again(one))).toEqual(first);
    }),
    { numRuns: 20 },
  );
});
