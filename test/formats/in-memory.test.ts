import { describe, expect, test } from 'vitest';
import { openInMemory } from '../../src/formats/in-memory.ts';
import { codeOf, plain, streamOf, type StreamChanges } from './support.ts';

const open = (changes: StreamChanges, text: string, whole: boolean): readonly unknown[] =>
  [...openInMemory(streamOf(changes), Buffer.from(text), { whole }).records].map(plain);

describe('the beginning of a stream gives the records that are there completely', () => {
  test.each<[string, StreamChanges, string, readonly unknown[]]>([
    [
      'CSV',
      { format: 'csv' },
      'id,name\n1,a\n2,b\n3,',
      [
        { id: '1', name: 'a' },
        { id: '2', name: 'b' },
      ],
    ],
    ['JSON', { format: 'json', record: 'data' }, '{"data":[{"id":1},{"id":2},{"i', [{ id: '1' }, { id: '2' }]],
    ['NDJSON', { format: 'ndjson' }, '{"id":1}\n{"id":2}\n{"i', [{ id: '1' }, { id: '2' }]],
    ['XML', { format: 'xml', record: 'a/b' }, '<a><b><id>1</id></b><b><id>2</id></b><b><i', [{ id: '1' }, { id: '2' }]],
  ])('%s', (_format, changes, text, records) => {
    expect(open(changes, text, false)).toEqual(records);
  });
});

test('a whole stream must have its end', () => {
  expect(codeOf(() => open({ format: 'xml', record: 'a/b' }, '<a><b/>', true))).toBe('source.truncated');
});

test('the encoding is found, the columns are told, and a bad record is one among others', () => {
  const bytes = Buffer.concat([Buffer.from('id,name\n1,'), Buffer.from([0xd6, 0xdc]), Buffer.from('\n2\n3,c\n')]);
  const { encoding, columns, records } = openInMemory(streamOf({ encoding: 'auto' }), bytes, { whole: true });
  expect({ encoding, columns, records: [...records].map(plain) }).toEqual({
    encoding: { encoding: 'gb18030', by: 'guess' },
    columns: ['id', 'name'],
    records: [
      { id: '1', name: '周' },
      'record.columns: the row has 1 cells, the header 2 columns',
      { id: '3', name: 'c' },
    ],
  });
});
