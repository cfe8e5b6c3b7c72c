import { describe, expect, test } from 'vitest';
import { parseRecordPath } from '../../src/domain/record-path.ts';

const [A, B] = [{ name: 'a' }, { name: 'b' }];

describe('a path to records', () => {
  test.each<[string, ReturnType<typeof parseRecordPath>]>([
    ['', []],
    ['[]', []],
    ['a', [A]],
    ['a[]', [A]],
    ['a.b', [A, B]],
    ['a[].b', [A, 'each', B]],
    ['[].a[].b[]', ['each', A, 'each', B]],
    ['a[][]', [A, 'each']],
    ['"a.b".b', [{ name: 'a.b' }, B]],
    ['"say ""a"""', [{ name: 'say "a"' }]],
    ['@odata.b', [{ name: '@odata' }, B]],
    ['客户.b', [{ name: '客户' }, B]],
  ])('%j', (path, steps) => expect(parseRecordPath(path)).toEqual(steps));

  test.each(['.a', 'a.', 'a..b', 'a.[]', 'a[0]', 'a[', 'a]', '[]a', '"a', '"a"b'])('is not %j', (path) => {
    expect(parseRecordPath(path)).toBeNull();
  });
});
