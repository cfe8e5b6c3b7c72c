import { expect, test } from 'vitest';

import { SyncError } from '../../src/domain/errors.ts';
import { from, make } from './support.ts';

const RECORD = JSON.stringify({
  id: '7',
  name: ' Acme ',
  客户名称: '上海公司',
  '@id': 'A1',
  'a.b': 'dotted',
  'say "hi"': 'quoted',
  'two words': 'spaced',
  empty: '',
  nothing: null,
  yes: true,
  number: 12.5,
  address: { city: 'Ulm', '@kind': 'home', 街道: '一路', nothing: null },
  items: [{ name: 'x' }, { name: 'y' }],
  tags: ['a', 'b'],
  none: [],
  matrix: [['a']],
  element: { '#text': 'text', '@lang': 'de' },
  elements: [{ '#text': 'one', '@n': '1' }, 'two', null],
  attributes: { '@lang': 'de' },
});

test.each([
  ['name', ' Acme '],
  ['客户名称', '上海公司'],
  ['@id', 'A1'],
  ['"a.b"', 'dotted'],
  ['"say ""hi"""', 'quoted'],
  ['two words', 'spaced'],
  ['number', '12.5'],
  ['yes', true],
  ['nothing', null],
  ['empty', 'absent'],
  ['missing', 'absent'],
  ['address.city', 'Ulm'],
  ['address.@kind', 'home'],
  ['address.街道', '一路'],
  ['address.nothing', null],
  ['address.missing', 'absent'],
  ['nothing.at.all', null],
  ['missing.at.all', 'absent'],
  ['name.part', 'absent'],
  ['name.#text', ' Acme '],
  ['name.@lang', 'absent'],
  ['items[0].name', 'x'],
  ['items[1].name', 'y'],
  ['items[2].name', 'absent'],
  ['address[0].city', 'Ulm'],
  ['address[1].city', 'absent'],
  ['"items"[0]."name"', 'x'],
  ['tags', ['a', 'b']],
  ['tags[1]', 'b'],
  ['none', 'absent'],
  ['none[0]', 'absent'],
  ['matrix[0]', ['a']],
  ['matrix[0][0]', 'a'],
  ['element', 'text'],
  ['element.#text', 'text'],
  ['element.@lang', 'de'],
  ['elements', ['one', 'two', null]],
  ['toString', 'absent'],
  ['__proto__', 'absent'],
  ['constructor.name', 'absent'],
  ['items[].name', ['x', 'y']],
  ['items[].missing', 'absent'],
  ['items[][0].name', ['x', 'y']],
  ['address[].city', ['Ulm']],
  ['address[].nothing', [null]],
  ['tags[]', ['a', 'b']],
  ['name[]', [' Acme ']],
  ['none[]', 'absent'],
  ['none[].at.all', 'absent'],
  ['nothing[]', null],
  ['nothing[].at.all', null],
  ['missing[]', 'absent'],
  ['missing[].at.all', 'absent'],
  ['matrix[]', ['a']],
  ['matrix[][]', ['a']],
  ['elements[]', ['one', 'two', null]],
  ['elements[].@n', ['1', null]],
  ['elements[].#text', ['one', 'two', null]],
])('%s reads %j', (path, expected) => {
  expect(make(from(path), RECORD)).toEqual(expected);
});

test.each([
  [
    'items.name',
    'mapping.list',
    '`items.name` is a list; pick one with [0], or all with []',
    '[{"name":"x"},{"name":"y"}]',
  ],
  ['items', 'mapping.list', '`items` is a list; pick one with [0], or all with []', '[{"name":"x"},{"name":"y"}]'],
  ['matrix', 'mapping.list', '`matrix` is a list; pick one with [0], or all with []', '[["a"]]'],
  [
    'attributes',
    'mapping.object',
    '`attributes` is an object; name the part of it, such as attributes.name',
    '{"@lang":"de"}',
  ],
])('%s is a violation %s', (...[path, rule, message, value]) => {
  expect(make(from(path), RECORD)).toEqual({ field: 'f', rule, message, value });
});

test.each([
  ['', 'the path is empty'],
  ['.', '`.` is no path (at character 1)'],
  ['a..b', '`a..b` is no path (at character 3)'],
  ['a.', '`a.` is no path (at character 3)'],
  ['.a', '`.a` is no path (at character 1)'],
  ['a[', '`a[` is no path (at character 2)'],
  ['a[x]', '`a[x]` is no path (at character 2)'],
  ['a[-1]', '`a[-1]` is no path (at character 2)'],
  ['a[0]b', '`a[0]b` is no path (at character 5)'],
  ['[0]', '`[0]` is no path (at character 1)'],
  ['a.[0]', '`a.[0]` is no path (at character 3)'],
  ['a]', '`a]` is no path (at character 2)'],
  ['"a', '`"a` is no path (at character 1)'],
  ['"a"b', '`"a"b` is no path (at character 4)'],
])('%j is no path', (path, message) => {
  const attempt = (): unknown => make(from('name', path), RECORD);
  expect(attempt).toThrow(message);
  expect(attempt).toThrow(
    expect.objectContaining({ code: 'config.invalid', details: { path: ['map', 'f', 'from', 1] } }),
  );
  expect(attempt).toThrow(SyncError);
});
