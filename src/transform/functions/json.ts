import { z } from 'zod';

import type { SourceRecord } from '../../domain/values.ts';
import { within } from '../../expressions/invalid.ts';
import { Fault } from '../fault.ts';
import { compilePath } from '../path.ts';
import { parseArgs, type TransformFunction } from './function.ts';

const path = z.string({ error: 'expected a path such as items[0].name' });
const schema = z.union([path, z.strictObject({ path: path.optional() })]).nullable();

// Texts first, so that digits inside them are no numbers.
const TEXT_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const ROOT = 'value';

export const json: TransformFunction = {
  name: 'json',
  summary:
    'Reads a text that is JSON and takes the value at a path in it; without a path, the whole, which must be a value or a list of them. Numbers keep every digit.',
  takes: 'text',
  parse: (args) => {
    const parsed = parseArgs('json', schema, args ?? null);
    const given = typeof parsed === 'string' ? parsed : parsed?.path;
    const inside = given === undefined || given.startsWith('[') ? (given ?? '') : `.${given}`;
    const read = within(['path'], () => compilePath(ROOT + inside));
    return (text) => {
      const value = parse(text);
      if (value === undefined) return { error: 'is not JSON' };
      const found = read(value);
      if (found instanceof Fault) return { error: found.message.replace(`\`${ROOT}${inside}\``, 'the JSON there') };
      return { value: found ?? '' };
    };
  },
  examples: [
    { args: 'city', input: '{"city":"上海","zip":"200000"}', output: '上海' },
    { args: { path: 'items[0].sku' }, input: '{"items":[{"sku":"A1"},{"sku":"B2"}]}', output: 'A1' },
    { args: 'id', input: '{"id": 12345678901234567890.10}', output: '12345678901234567890.10' },
    { args: 'note', input: '{"note":"costs 5 \\"or\\" 6"}', output: 'costs 5 "or" 6' },
    { input: '["a", 2, true, null]', output: ['a', '2', true, null] },
    { input: '"plain"', output: 'plain' },
    { args: 'missing', input: '{"city":"上海"}', output: '' },
    { args: '[1]', input: '["a","b"]', output: 'b' },
    {
      args: 'address',
      input: '{"address":{"city":"上海"}}',
      error: 'the JSON there is an object; name the part of it, such as value.address.name',
    },
    { args: 'city', input: '{city: 上海}', error: 'is not JSON' },
    { input: '', output: '' },
  ],
};

/** Numbers become their text before JavaScript rounds them. */
function parse(text: string): SourceRecord | undefined {
  try {
    JSON.parse(text);
    const quoted = text.replace(TEXT_OR_NUMBER, (part) => (part.startsWith('"') ? part : `"${part}"`));
    return { [ROOT]: JSON.parse(quoted) as SourceRecord }; // without numbers JSON is what source values are
  } catch {
    return undefined;
  }
}
