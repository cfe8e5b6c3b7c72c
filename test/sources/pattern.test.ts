import { expect, test } from 'vitest';
import { splitPattern } from '../../src/sources/file/pattern.ts';
import { codeOf } from '../formats/support.ts';

test.each(['../a.csv', 'a/../../b', '/etc/passwd', 'a//b', './a', 'a/', '', '..\\a', 'a\0b'])(
  '%j is refused',
  (pattern) => {
    expect(codeOf(() => splitPattern(pattern))).toBe('source.unreadable');
  },
);
