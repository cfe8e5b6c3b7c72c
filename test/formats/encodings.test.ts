import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { detectEncoding, strictDecoder } from '../../src/formats/encodings.ts';
import { codeOf, frame, read, streamOf } from './support.ts';

// What Node cannot encode, written once by hand: two bytes a character.
const GB: Readonly<Record<string, readonly [number, number]>> = {
  客: [0xbf, 0xcd],
  户: [0xbb, 0xa7],
  编: [0xb1, 0xe0],
  号: [0xba, 0xc5],
  名: [0xc3, 0xfb],
  称: [0xb3, 0xc6],
  乗: [0x81, 0x5c],
  乚: [0x81, 0x5d],
  亅: [0x81, 0x7c],
  亐: [0x81, 0x80],
};

function gb(text: string): Buffer {
  return Buffer.concat(Array.from(text, (char) => Buffer.from(GB[char] ?? [char.charCodeAt(0)])));
}

test('the table of this test is GB18030', () => {
  const decode = strictDecoder('gb18030');
  for (const [char, bytes] of Object.entries(GB)) expect(decode(Uint8Array.from(bytes))).toBe(char);
});

describe('finds the encoding', () => {
  test.each<[string, Uint8Array, string, string, string]>([
    ['that the stream says, whatever the bytes', Buffer.from('中'), 'GBK', 'gb18030', 'set'],
    ['by its other names', Buffer.from('a'), 'latin1', 'windows-1252', 'set'],
    ['by the byte order mark', Buffer.from('\uFEFFa'), 'auto', 'utf-8', 'mark'],
    [
      'by the mark before the declaration',
      Buffer.from('\uFEFF<?xml version="1.0" encoding="GBK"?>'),
      'auto',
      'utf-8',
      'mark',
    ],
    [
      'by the declaration',
      Buffer.from('<?xml version="1.0" encoding="gb2312"?><客/>'),
      'auto',
      'gb18030',
      'declaration',
    ],
    [
      "by a declaration in '",
      Buffer.from("<?xml version='1.0'\n encoding = 'iso-8859-1' ?>"),
      'auto',
      'windows-1252',
      'declaration',
    ],
    ['of UTF-16 by its mark', Buffer.from('\uFEFF编号', 'utf16le'), 'auto', 'utf-16le', 'mark'],
    ['of UTF-16 with its bytes the other way round', Buffer.from([0xfe, 0xff, 0, 0x61]), 'auto', 'utf-16be', 'mark'],
    ['of UTF-16 without a mark', Buffer.from('id,名\n', 'utf16le'), 'auto', 'utf-16le', 'guess'],
    ['of UTF-16 the other way round without a mark', Buffer.from([0, 0x3c, 0, 0x61]), 'auto', 'utf-16be', 'guess'],
    ['of UTF-16 as set, either way', Buffer.from([0xfe, 0xff, 0, 0x61]), 'UTF-16', 'utf-16be', 'mark'],
    ['of UTF-16 as set, without a mark', Buffer.from('编号', 'utf16le'), 'utf-16', 'utf-16le', 'set'],
    ['of plain ASCII', Buffer.from('id,name\n'), 'auto', 'utf-8', 'guess'],
    ['of UTF-8', Buffer.from('编号,😀'), 'auto', 'utf-8', 'guess'],
    ['of UTF-8 that is cut within a character', Buffer.from('编号,😀').subarray(0, 10), 'auto', 'utf-8', 'guess'],
    ['of GB18030', gb('客户编号,名称\n'), 'auto', 'gb18030', 'guess'],
    ['of GB18030 that is cut within a character', gb('客户编号').subarray(0, 7), 'auto', 'gb18030', 'guess'],
    [
      'of UTF-8 with one damaged character',
      Buffer.concat([Buffer.from('客户编号名称'), Buffer.from([0xe5, 0xae]), Buffer.from(',称')]),
      'auto',
      'utf-8',
      'guess',
    ],
  ])('%s', (_, bytes, set, encoding, by) => {
    expect(detectEncoding(bytes, set)).toEqual({ encoding, by });
  });

  test('UTF-8 is found wherever the prefix is cut', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), fc.nat(), (text, at) => {
        const bytes = Buffer.from(`a${text}`);
        if (text.includes('\0')) return;
        expect(detectEncoding(bytes.subarray(0, 1 + (at % bytes.length)), 'auto').encoding).toBe('utf-8');
      }),
    );
  });

  test.each<[string, Uint8Array, string]>([
    ['UTF-32 with a mark', Buffer.from([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0]), 'auto'],
    ['UTF-32 without a mark', Buffer.from([0, 0, 0, 0x61]), 'auto'],
    ['UTF-16 as declared', Buffer.from('<?xml version="1.0" encoding="UTF-16"?>'), 'auto'],
    ['ISO-2022-JP', Buffer.from('a'), 'iso-2022-jp'],
    ['a name that nobody knows', Buffer.from('a'), 'utf-9'],
    ['bytes of neither', Buffer.from([0x41, 0xff, 0x20, 0xfe]), 'auto'],
  ])('refuses %s', (_, bytes, set) => {
    expect(codeOf(() => detectEncoding(bytes, set))).toBe('source.encoding');
  });
});

describe('decodes strictly', () => {
  test('and is not disturbed by what it refused before', () => {
    const decode = strictDecoder('gb18030');
    expect(decode(Uint8Array.of(0xd6))).toBeNull();
    expect(decode(gb('客户'))).toBe('客户');
    expect(strictDecoder('utf-8')(Buffer.from('\uFEFFa'))).toBe('\uFEFFa');
  });

  test('windows-1252 with its euro sign, and every byte wherever it stands', () => {
    const decode = strictDecoder('windows-1252');
    expect(decode(Uint8Array.of(0x80, 0x31, 0xe9, 0x93))).toBe('€1é“');
    for (let byte = 0; byte < 256; byte++) {
      const alone = decode(Uint8Array.of(byte));
      expect([alone?.length, decode(Uint8Array.of(byte, 0x61, byte))]).toEqual([1, `${alone}a${alone}`]);
    }
  });
});

describe('reads GB18030', () => {
  const encoding = 'gb18030';

  test('CSV with Chinese headers and cells', () => {
    expect(read({ encoding }, gb('编号,名称\n1,"客,户"\n'))).toEqual([{ 编号: '1', 名称: '客,户' }]);
  });

  test('CSV with a delimiter that is also the second byte of a character', () => {
    const text = gb('编号|名称\n1|"客|户"\n亅"|2\n');
    expect(read({ encoding, csv: { delimiter: '|' } }, text)).toEqual([
      { 编号: '1', 名称: '客|户' },
      'record.malformed: there is a quote inside a cell that is not quoted',
    ]);
  });

  test('a quote that may be half a character is refused', () => {
    expect(codeOf(() => frame(streamOf({ encoding, csv: { quote: '|' } }), gb('编号\n')))).toBe('source.encoding');
  });

  test('JSON with a character whose second byte is a backslash', () => {
    const text = gb('{"客户":[{"名称":"乗"},{"名称":"乗亐\\""}]}');
    expect(read({ format: 'json', record: '客户', encoding }, text)).toEqual([{ 名称: '乗' }, { 名称: '乗亐"' }]);
  });

  test('XML with Chinese names, and CDATA with a character whose second byte is a bracket', () => {
    const text = gb('<客户><编号 名称="称"><名称><![CDATA[乚]>亐乚]]></名称></编号></客户>');
    expect(read({ format: 'xml', record: '客户/编号', encoding }, text)).toEqual([{ '@名称': '称', 名称: '乚]>亐乚' }]);
  });

  test('XML with a namespace in Chinese', () => {
    const text = gb('<a xmlns:客="urn:客"><客:b 客:c="1"/></a>');
    expect(read({ format: 'xml', record: 'a/b', encoding }, text)).toEqual([{ '@c': '1' }]);
  });

  test('damaged records are refused alone', () => {
    const text = Buffer.concat([gb('编号\n'), Buffer.from([0xff, 0x41]), gb('\n客\n')]);
    expect(read({ encoding }, text)).toEqual([expect.stringContaining('record.encoding: '), { 编号: '客' }]);
  });
});
