// Every table of docs/mapping.md: the records on the left give the results on the right under the mapping above them.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { compileSync } from '../../src/config/compile.ts';
import { syncSchema } from '../../src/config/schema-sync.ts';
import type { SyncDefinition } from '../../src/domain/definition.ts';
import { compileTransform } from '../../src/transform/compile.ts';
import { compileExplode } from '../../src/transform/explode.ts';
import { Fault } from '../../src/transform/fault.ts';
import { record } from '../transform/support.ts';

const PAGE = readFileSync(new URL('../../docs/mapping.md', import.meta.url), 'utf8');
const TABLES = { country: { codes: { CN: 'China', DE: 'Germany' } } };
const EXAMPLE = /^```yaml map\n([\s\S]*?)^```\n\n((?:\|.*\n)+)/gm;

function definitionOf(yaml: string): SyncDefinition {
  const parts = Object(parse(yaml));
  const from = { connection: 'shop', stream: 'orders.json', key: 'id', ...parts.from };
  return compileSync(syncSchema.parse({ sync: 'orders', to: 'sales_order', ...parts, from }), TABLES);
}

/** What the right column says of a record, with the key where the left one holds several. */
function outcomeOf(definition: SyncDefinition, json: string): string {
  const explode = compileExplode(definition.stream);
  const transform = compileTransform(definition);
  const inside = explode === null ? { records: [record(json)] } : explode(record(json));
  if (inside instanceof Fault) return `quarantined: ${inside.message}`;
  const outcomes = inside.records.map((one) => {
    const { key, fields, violations, filtered } = transform(one, []);
    if (filtered === true) return 'left out';
    const [violation] = violations;
    if (violation !== undefined) return `quarantined: ${violation.message}`;
    return `${explode === null ? '' : `${key} `}${JSON.stringify(fields)}`;
  });
  return outcomes.length === 0 ? 'nothing' : outcomes.join(', ');
}

/** Without the marks of code, and JSON without its spaces. */
function plain(cell: string): string {
  return cell.replaceAll(/`(\{.*?\})`(?=,|$| )/g, (_all, json: string) => JSON.stringify(JSON.parse(json)));
}

const examples = [...PAGE.matchAll(EXAMPLE)].map(([, yaml = '', table = '']) => ({
  title: /^ {2}\w+:.*/m.exec(yaml)?.[0].trim() ?? yaml,
  definition: definitionOf(yaml),
  rows: table
    .trimEnd()
    .split('\n')
    .slice(2)
    .map((row) =>
      row
        .slice(1, -1)
        .split(' | ')
        .map((cell) => cell.trim()),
    ),
}));

test('the page has its examples', () => {
  expect(examples).toHaveLength([...PAGE.matchAll(/^```yaml map$/gm)].length);
  expect(examples.length).toBeGreaterThan(6);
});

describe.each(examples)('$title', ({ definition, rows }) => {
  test.each(rows)('%s becomes %s', (left = '', right = '') => {
    const json = left.replaceAll(/^`|`$/g, '');
    expect(outcomeOf(definition, json)).toBe(plain(right));
  });
});
