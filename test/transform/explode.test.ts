import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { StreamDefinition } from '../../src/domain/definition.ts';
import type { SourceRecord } from '../../src/domain/values.ts';
import { compileExplode, countParentParts, MAX_CHILDREN } from '../../src/transform/explode.ts';
import { compileTransform } from '../../src/transform/compile.ts';
import { Fault } from '../../src/transform/fault.ts';
import { from, record, source, sync } from './support.ts';

const KEY = ['parent.order_no', 'no'];

function explode(stream: Partial<StreamDefinition>, of: SourceRecord): unknown {
  const made = compileExplode(sync({ stream: { key: KEY, ...stream } }).stream)?.(of);
  if (made instanceof Fault) return made.toViolation(null);
  return made === undefined ? made : JSON.parse(JSON.stringify(made));
}

const ORDER = { order_no: 'SO-7', customer: { no: 'C-1' } };

describe('the records inside a record', () => {
  test.each<[string, string, unknown, readonly unknown[]]>([
    ['a list', 'lines', { ...ORDER, lines: [{ no: '1' }, { no: '2' }] }, [{ no: '1' }, { no: '2' }]],
    ['an object counts as a list of one', 'lines', { ...ORDER, lines: { no: '1' } }, [{ no: '1' }]],
    ['a list inside an object', 'lines.line', { ...ORDER, lines: { line: [{ no: '1' }] } }, [{ no: '1' }]],
    ['a text', 'lines', { ...ORDER, lines: 'x' }, [{ '#text': 'x' }]],
    ['texts and null', 'lines', { ...ORDER, lines: ['x', null, true] }, ['x', null, true].map((t) => ({ '#text': t }))],
    ['[] at the end says the same', 'lines[]', { ...ORDER, lines: [{ no: '1' }] }, [{ no: '1' }]],
    ['a name in quotes', '"a.b"', { ...ORDER, 'a.b': [{ no: '1' }] }, [{ no: '1' }]],
    ['an empty list', 'lines', { ...ORDER, lines: [] }, []],
    ['null', 'lines', { ...ORDER, lines: null }, []],
    ['empty text', 'lines', { ...ORDER, lines: '' }, []],
    ['nothing', 'lines', ORDER, []],
    ['nothing on the way', 'lines.line', ORDER, []],
    ['null on the way', 'lines.line', { ...ORDER, lines: null }, []],
    ['names of every object', 'constructor', ORDER, []],
  ])('%s: %s', (_title, each, of, expected) => {
    const children = expected.map((child) => ({ ...Object(child), parent: ORDER }));
    expect(explode({ each }, record(JSON.stringify(of)))).toEqual({ records: children, parentKey: 'SO-7' });
  });

  test('the record around them keeps what stands beside the list', () => {
    const of = record('{"order_no":"SO-7","lines":{"@count":"1","line":{"no":"1"}}}');
    const parent = { order_no: 'SO-7', lines: { '@count': '1' } };
    expect(explode({ each: 'lines.line' }, of)).toEqual({ records: [{ no: '1', parent }], parentKey: 'SO-7' });
  });

  test('[] on the way makes a parent of a parent', () => {
    const stream = { each: 'shipment[].line', key: ['parent.parent.order_no', 'parent.no', 'no'] };
    const of = record(
      '{"order_no":"SO-7","shipment":[{"no":"A","line":[{"no":"1"},{"no":"2"}]},{"no":"B"},{"no":"C","line":{"no":"1"}}]}',
    );
    const parentOf = (no: string): unknown => ({ no, parent: { order_no: 'SO-7' } });
    expect(explode(stream, of)).toEqual({
      records: [
        { no: '1', parent: parentOf('A') },
        { no: '2', parent: parentOf('A') },
        { no: '1', parent: parentOf('C') },
      ],
      parentKey: 'SO-7',
    });
    expect(countParentParts(sync({ stream }).stream)).toBe(1);
  });

  test('the parent may have another name', () => {
    const stream = { each: 'lines', parent: 'order', key: ['order.order_no', 'no'] };
    const of = record('{"order_no":"SO-7","lines":[{"no":"1","parent":"own"}]}');
    expect(explode(stream, of)).toEqual({
      records: [{ no: '1', parent: 'own', order: { order_no: 'SO-7' } }],
      parentKey: 'SO-7',
    });
  });

  test.each([
    ['a list on the way', 'a.b', { a: [{ b: [] }] }, '`a.b` passes through a list before `b`; write [] after its name'],
    ['text on the way', 'a.b', { a: 'text' }, '`a.b` finds no object that could hold `b`'],
    ['lists inside the list', 'a', { a: [[{ no: '1' }]] }, '`a` holds a list inside the list'],
    [
      'an item with a parent of its own',
      'a',
      { a: [{ parent: 'x' }] },
      '`a` has a `parent` of its own; name the record around it otherwise with `parent`',
    ],
    [
      'too many',
      'a',
      { a: Array.from({ length: MAX_CHILDREN + 1 }, () => '') },
      'holds more than 100000 records at `a`; read them with `record` instead',
    ],
  ])('%s cannot be taken apart', (_title, each, of, message) => {
    expect(explode({ each }, record(JSON.stringify(of)))).toMatchObject({ rule: 'record.each', message });
  });

  test.each<[string, Partial<StreamDefinition>, string, readonly (string | number)[]]>([
    ['no path', { each: 'a..b' }, '`a..b` is no path', ['from', 'each']],
    ['an index', { each: 'a[0]' }, 'expected no index', ['from', 'each']],
    ['twice []', { each: 'a[][].b' }, 'expected a name after `[]`', ['from', 'each']],
    [
      'a key that all share',
      { each: 'a', key: ['parent.id'] },
      'expected a path in the item itself too; all items of a record have the same `parent`',
      ['from', 'key'],
    ],
  ])('%s is refused', (_title, stream, message, path) => {
    const compile = (): unknown => explode(stream, record('{}'));
    expect(compile).toThrow(message);
    expect(compile).toThrow(expect.objectContaining({ details: { path } }));
  });

  test('whatever the record, it is taken apart or refused, and stays as it was', () => {
    const names = fc.constantFrom('a', 'b', 'no', 'parent', '#text');
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom('', 'x', null, true),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(names, tie('value'), { maxKeys: 3 }),
      ),
    }));
    const explosions = ['a', 'a.b', 'a[].b', 'a[]'].map((each) =>
      compileExplode(sync({ stream: { each, key: KEY } }).stream),
    );
    fc.assert(
      fc.property(fc.dictionary(names, value, { maxKeys: 4 }), (of) => {
        const before = JSON.stringify(of);
        for (const one of explosions) expect(one?.(source(of))).toEqual(one?.(record(before)));
        expect(JSON.stringify(of)).toBe(before);
      }),
    );
  });
});

test('fields and keys of a record inside a record see both', () => {
  const definition = sync({
    stream: { each: 'lines', key: ['parent.order_no', 'no'] },
    map: { order: from('parent.order_no'), item: from('item') },
  });
  const made = compileExplode(definition.stream)?.(
    record('{"order_no":" SO/7 ","lines":[{"no":1,"item":"x"},{"no":" ","item":"y"},{"item":"z"}]}'),
  );
  if (made === undefined || made instanceof Fault) throw new Error('expected records');
  const transform = compileTransform(definition);
  expect(made.parentKey).toBe('SO~17');
  expect(made.records.map((one) => transform(one)).map(({ key, fields }) => [key, fields])).toEqual([
    ['SO~17/1', { order: ' SO/7 ', item: 'x' }],
    [null, { order: ' SO/7 ', item: 'y' }],
    [null, { order: ' SO/7 ', item: 'z' }],
  ]);
});
