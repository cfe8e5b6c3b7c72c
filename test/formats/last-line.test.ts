import { describe, expect, test } from 'vitest';
import { codeOf, decodeAll, frame, read, streamOf, type StreamChanges } from './support.ts';

const CUT =
  'record.unfinished: the last line has no line end, so it may be cut off; if files of this stream end so, set `last_line: accept`';

const csv = { format: 'csv' } as const;
const ndjson = { format: 'ndjson' } as const;

describe('a last line without its line end', () => {
  test.each<[string, StreamChanges, string, readonly unknown[]]>([
    ['is a record of CSV where it is accepted', { ...csv, lastLine: 'accept' }, 'id\n1\n2', [{ id: '1' }, { id: '2' }]],
    ['is held in CSV', { ...csv, lastLine: 'hold' }, 'id,name\n1,Ann\n2,bo', [{ id: '1', name: 'Ann' }, CUT]],
    ['is held even when its cells are too few', { ...csv, lastLine: 'hold' }, 'id,name\n2', [CUT]],
    ['is held even when it is quoted', { ...csv, lastLine: 'hold' }, 'id\n"2"', [CUT]],
    ['is a record of NDJSON where it is accepted', { ...ndjson, lastLine: 'accept' }, '{"id":1}', [{ id: '1' }]],
    ['is held in NDJSON', { ...ndjson, lastLine: 'hold' }, '{"id":1}\n{"id":2}', [{ id: '1' }, CUT]],
    ['is held in NDJSON when it is not whole', { ...ndjson, lastLine: 'hold' }, '{"id":1}\n{"i', [{ id: '1' }, CUT]],
    [
      'does not matter where it is blank',
      { ...csv, lastLine: 'refuse', empty: 'null' },
      'id,b\n1,\n',
      [{ id: '1', b: null }],
    ],
    [
      'does not matter where it is a comment',
      { lastLine: 'refuse', csv: { comment: '#' } },
      'id\n1\n#x',
      [{ id: '1' }],
    ],
  ])('%s', (_, changes, text, expected) => {
    expect(read(changes, text)).toEqual(expected);
  });

  test.each<[string, StreamChanges, string]>([
    ['CSV, where it is refused', { ...csv, lastLine: 'refuse' }, 'id\n1\n2'],
    ['CSV of a header only, where it is refused', { ...csv, lastLine: 'refuse' }, 'id'],
    ['CSV of a header only, where it is held', { ...csv, lastLine: 'hold' }, 'id,na'],
    ['NDJSON, where it is refused', { ...ndjson, lastLine: 'refuse' }, '{"id":1}'],
    ['NDJSON that is not whole, where it is accepted', { ...ndjson, lastLine: 'accept' }, '{"id":1}\n{"id":2'],
  ])('refuses a file of %s', (_, changes, text) => {
    expect(codeOf(() => decodeAll(streamOf(changes), Buffer.from(text), [3]))).toBe('source.truncated');
  });
});

describe.each(['\n', '\r\n'])('with %j at the end of lines', (end) => {
  test.each<[string, StreamChanges, string]>([
    ['CSV', csv, 'a,b'],
    ['NDJSON', ndjson, '{"a":"1","b":"2"}'],
  ])('every cut of %s is held, refused, or just between two lines', (_, changes, line) => {
    const whole = [line, line, line.replace('b', 'c'), ''].join(end);
    const records = read({ ...changes, lastLine: 'accept' }, whole);
    for (let cut = 1; cut < whole.length; cut++) {
      const part = whole.slice(0, cut);
      for (const lastLine of ['hold', 'refuse'] as const) {
        const found = orCode(() => read({ ...changes, lastLine }, part));
        if (found === 'source.truncated') continue;
        const complete = found.filter((record) => record !== CUT);
        expect(complete).toEqual(records.slice(0, complete.length));
        expect(found.length === complete.length).toBe(/[\r\n]$/.test(part));
      }
    }
  });
});

test('the cut line and the finished one are different records, so that neither is taken for the other', () => {
  for (const changes of [csv, ndjson]) {
    const stream = streamOf({ ...changes, lastLine: 'hold' });
    const bytesOf = (text: string): string => frame(stream, Buffer.from(text)).records.at(-1)?.bytes.toString() ?? '';
    expect(bytesOf('{"a":1}\n{"a":2}')).toBe('{"a":2}');
    expect(bytesOf('{"a":1}\n{"a":2}\n')).toBe('{"a":2}\n');
  }
});

function orCode(action: () => readonly unknown[]): readonly unknown[] | string {
  let found: readonly unknown[] = [];
  const code = codeOf(() => {
    found = action();
  });
  return code === 'no error' ? found : code;
}
