import { describe, expect, test } from 'vitest';
import { compileTransform } from '../../src/transform/compile.ts';
import { compileValidate } from '../../src/validate/compile.ts';
import { fieldOf, objectOf } from '../merge/support.ts';
import { from, record, sync } from './support.ts';

const operation = { path: 'op', delete: ['D', 'true'], detach: ['moved'] };
const object = objectOf({ name: fieldOf({ required: true }) });
const definition = sync({
  map: { name: from('name') },
  stream: { version: 'at', operation },
  where: 'record.name != "x"',
});
const transform = compileTransform(definition, object);
const validate = compileValidate(definition, object);

describe('the operation of a record', () => {
  const table: readonly [title: string, json: string, expected: string][] = [
    ['is an upsert where nothing is said', '{"id":"1","name":"n"}', 'upsert'],
    ['is an upsert for values that are not listed', '{"id":"1","name":"n","op":"U"}', 'upsert'],
    ['is the listed one', '{"id":"1","op":"D"}', 'delete'],
    ['is the listed one, with white space around it', '{"id":"1","op":" D "}', 'delete'],
    ['is the listed one where the source sends a truth value', '{"id":"1","op":true}', 'delete'],
    ['may end nothing', '{"id":"1","op":"moved"}', 'detach'],
    ['is not asked of a list', '{"id":"1","name":"n","op":["D"]}', 'upsert'],
  ];
  test.each(table)('%s', (_title, json, expected) => {
    expect(transform(record(json)).operation).toBe(expected);
  });

  test('an end has a key and a version, no fields, and is left out by no filter', () => {
    expect(transform(record('{"id":"1","at":"7","op":"D","name":"x"}'))).toEqual({
      key: '1',
      version: '7',
      operation: 'delete',
      fields: {},
      violations: [],
    });
  });

  test('rules and required fields do not apply to an end; its key has to be there', () => {
    expect(validate(transform(record('{"id":"1","op":"D"}')))).toEqual({ kind: 'accepted', fields: {}, warnings: [] });
    expect(validate(transform(record('{"op":"D"}'))).kind).toBe('rejected');
  });
});
