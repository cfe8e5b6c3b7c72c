// XML in encodings whose characters hold bytes that look like markup: the second byte of one may be `]`, `[`, `|` or a letter.

import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { detectEncoding, strictDecoder } from '../../../src/formats/encodings.ts';
import { xmlReader } from '../../../src/formats/xml/reader.ts';
import { codeOf, frame, plain, streamOf } from '../support.ts';

/** All characters of two bytes whose second one is ASCII. */
function treacherous(encoding: string): readonly Buffer[] {
  const decode = strictDecoder(encoding);
  const pairs: Buffer[] = [];
  for (let lead = 0x81; lead <= 0xfe; lead++) {
    for (let second = 0x40; second < 0x7f; second++) pairs.push(Buffer.from([lead, second]));
  }
  return pairs.filter((pair) => /^.$/su.test(decode(pair) ?? ''));
}

/** Text stays text, bytes stay bytes. */
function documentOf(...parts: readonly (string | Uint8Array)[]): Buffer {
  return Buffer.concat(parts.map((part) => Buffer.from(part)));
}

function read(bytes: Buffer, record: string): readonly unknown[] {
  const { encoding } = detectEncoding(bytes, 'auto');
  const auto = streamOf({ format: 'xml', record, encoding: 'auto' });
  xmlReader.inspect(auto, encoding, bytes);
  const stream = { ...auto, encoding };
  return frame(stream, bytes, { sizes: [1_000] }).records.map(({ offset, bytes: own, after }) =>
    plain(xmlReader.createDecoder(stream, encoding, after.context)({ offset, bytes: own })),
  );
}

describe.each(['gb18030', 'gbk', 'big5', 'shift_jis'])('in %s', (encoding) => {
  const characters = treacherous(encoding);
  const head = `<?xml version="1.0" encoding="${encoding}"?><r>`;

  test('characters with such bytes are text in every place', () => {
    const bytes = Buffer.concat(characters);
    const text = strictDecoder(encoding)(bytes);
    const record = ['<c a="', bytes, '"><t>', bytes, '</t><d><![CDATA[', bytes, ']]]></d><!--', bytes, '--></c>'];
    const found = read(documentOf(head, '<x>', bytes, '</x>', ...record, '<c/></r>'), 'r/c');
    expect(characters.length).toBeGreaterThan(1_000);
    // Not `toEqual`: nobody wants to read that difference.
    expect(JSON.stringify(found)).toHaveLength(JSON.stringify([{ '@a': text, t: text, d: `${text}]` }, {}]).length);
    expect(isDeepStrictEqual(found, [{ '@a': text, t: text, d: `${text}]` }, {}])).toBe(true);
  });

  test('a character that ends in ] does not end CDATA', () => {
    for (const character of characters.filter((pair) => pair[1] === 0x5d)) {
      const found = read(documentOf(head, '<c><![CDATA[', character, ']></c>]]></c></r>'), 'r/c');
      expect(found).toEqual([{ '#text': `${strictDecoder(encoding)(character)}]></c>` }]);
    }
  });
});

describe('a record path with Chinese names', () => {
  // 客户表 and 客户 in GBK.
  const list = Buffer.from([0xbf, 0xcd, 0xbb, 0xa7, 0xb1, 0xed]);
  const customer = Buffer.from([0xbf, 0xcd, 0xbb, 0xa7]);

  test('is that of the text, not of the bytes', () => {
    const bytes = documentOf(
      '<?xml version="1.0" encoding="GB2312"?>\n<',
      list,
      '><',
      customer,
      '><a>',
      customer,
      '</a></',
      customer,
      ' ><',
      list,
      '/><',
      customer,
      '/></',
      list,
      '>',
    );
    expect(read(bytes, '客户表/客户')).toEqual([{ a: '客户' }, {}]);
  });
});

describe('the declared encoding', () => {
  test.each<[string, Buffer, string]>([
    [
      'is what the document is in',
      Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><r>\u00E9</r>', 'latin1'),
      'no error',
    ],
    [
      'may not contradict a byte order mark',
      Buffer.from('\uFEFF<?xml version="1.0" encoding="gbk"?><r/>'),
      'source.encoding',
    ],
    ['may agree with a byte order mark', Buffer.from("\uFEFF<?xml version='1.0' encoding='utf-8'?><r/>"), 'no error'],
    [
      'may not be UTF-16 where every letter is one byte',
      Buffer.from('<?xml version="1.0" encoding="utf-16"?><r/>'),
      'source.encoding',
    ],
    ['has to be one', Buffer.from('<?xml version="1.0" encoding="klingon"?><r/>'), 'source.encoding'],
    [
      'has to be there for anything but Unicode',
      Buffer.from([0x3c, 0x72, 0x3e, 0xb1, 0xb1, 0xbe, 0xa9, 0x3c, 0x2f, 0x72, 0x3e]),
      'source.encoding',
    ],
  ])('%s', (_, bytes, code) => {
    expect(codeOf(() => read(bytes, 'r'))).toBe(code);
  });

  test('gives way to the one that is set on the stream', () => {
    const bytes = Buffer.from('<?xml version="1.0" encoding="utf-16"?><r>\u00E9</r>');
    const stream = streamOf({ format: 'xml', record: 'r', encoding: 'utf-8' });
    expect(() => xmlReader.inspect(stream, 'utf-8', bytes)).not.toThrow();
    expect(frame(stream, bytes).records).toHaveLength(1);
  });
});
