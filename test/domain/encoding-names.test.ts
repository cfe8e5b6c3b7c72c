import { expect, test } from 'vitest';
import { encodingName } from '../../src/domain/encoding-names.ts';

test.each([
  ['UTF8', 'utf-8'],
  ['utf-16', 'utf-16le'],
  ['GB2312', 'gb18030'],
  ['gbk', 'gb18030'],
  ['cp936', 'gb18030'],
  ['CP932', 'shift_jis'],
  ['windows-31j', 'shift_jis'],
  ['cp949', 'euc-kr'],
  ['cp950', 'big5'],
  ['big5-hkscs', 'big5'],
  ['latin1', 'windows-1252'],
  ['iso-8859-15', 'iso-8859-15'],
  ['iso-2022-jp', null],
  ['utf-32', null],
  ['replacement', null],
  ['x-user-defined', null],
  ['toString', null],
  ['', null],
])('%j is %j', (label, name) => {
  expect(encodingName(label)).toBe(name);
});
