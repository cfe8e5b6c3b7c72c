// Real text in every encoding, through every format: read as it was written, damaged records told by their offset.

import * as fc from 'fast-check';
import iconv from 'iconv-lite';
import { describe, expect, test } from 'vitest';
import type { StreamDefinition } from '../../src/domain/definition.ts';
import { START } from '../../src/formats/format.ts';
import { formats } from '../../src/formats/registry.ts';
import { describeFormatContract } from '../contract/format-contract.ts';
import { codeOf, decodeAll, findSplits, frame, plain, streamOf, type StreamChanges } from './support.ts';

const CHINESE = ['上海市浦东新区世纪大道１号', '王小明', '功能表', '乗亅'];
const TAIWAN = ['臺北市信義區', '許功蓋', '育', '兝兡'];
const HONG_KONG = ['九龍尖沙咀', '䏰䰲', '嘅'];
const JAPANESE = ['東京都千代田区', 'ソニーとポスト', '㈱表示', 'ﾊﾝｶｸ', '髙﨑', '能力ー'];
const KOREAN = ['서울특별시 강남구', '똠방각하', '펲시', '한국어'];
const WESTERN = ['Zoë Müller', 'São Paulo', 'Crème brûlée', '£5', '€ 1'];
const RUSSIAN = ['Москва', 'Иванов'];

/** How an encoding is written by iconv-lite, and texts that it has. */
const ENCODINGS: Readonly<Record<string, readonly string[]>> = {
  'utf-8': [...CHINESE, ...JAPANESE, ...KOREAN, ...WESTERN, '😀'],
  'utf-16le': [...CHINESE, ...JAPANESE, ...KOREAN, ...WESTERN, '😀', '\u0a0d\u0d0a\u2c22\u220a'],
  'utf-16be': [...CHINESE, ...JAPANESE, ...KOREAN, ...WESTERN, '😀', '\u0a0d\u0d0a\u2c22\u220a'],
  gb18030: [...CHINESE, ...TAIWAN, ...RUSSIAN, '😀', 'é'],
  big5: [...TAIWAN, ...HONG_KONG],
  shift_jis: JAPANESE,
  'euc-jp': JAPANESE.filter((text) => !text.includes('髙') && !text.includes('﨑')),
  'euc-kr': KOREAN,
  'windows-1252': WESTERN,
  'iso-8859-15': ['Zoë', '€ 1', 'œuvre'],
  'windows-1251': RUSSIAN,
  'koi8-r': RUSSIAN,
};

const FORMATS: Readonly<Record<string, StreamChanges>> = {
  csv: { format: 'csv' },
  'csv with |': { format: 'csv', csv: { delimiter: '|' } },
  ndjson: { format: 'ndjson' },
  json: { format: 'json', record: 'data' },
  xml: { format: 'xml', record: 'data/row' },
};

type Row = Readonly<Record<string, string>>;

function write({ format, csv }: StreamDefinition, rows: readonly Row[]): string {
  const names = Object.keys(rows[0] ?? {});
  if (format === 'csv') {
    const line = (cells: readonly string[]): string =>
      cells.map((cell, index) => (index % 2 === 0 ? `"${cell.replaceAll('"', '""')}"` : cell)).join(csv.delimiter);
    return [names, ...rows.map((row) => Object.values(row))].map((cells) => `${line(cells)}\n`).join('');
  }
  if (format === 'xml') {
    const element = (row: Row): string =>
      `<row><!-- ${Object.values(row).join('')} -->${names.map((name, index) => `<f${index}><![CDATA[${row[name]}]]></f${index}>`).join('')}</row>`;
    return `<data>${rows.map(element).join('\n')}</data>`;
  }
  const texts = rows.map((row) => JSON.stringify(row));
  return format === 'ndjson' ? texts.map((text) => `${text}\n`).join('') : `{"x":"]","data":[${texts.join(',')}]}`;
}

function rowsOf(texts: readonly string[]): readonly Row[] {
  return texts.map((text, index) => ({ [`f0`]: `${text} \\`, f1: `${index}${text}`, f2: `"${text}` }));
}

function sampleOf(encoding: string, changes: StreamChanges, texts: readonly string[]) {
  const rows = rowsOf(texts);
  const stream = streamOf({ ...changes, encoding });
  const text = write(stream, rows);
  const bytes = iconv.encode(text, encoding, { addBOM: false });
  // The test is worth nothing where iconv-lite wrote a question mark.
  expect(iconv.decode(bytes, encoding)).toBe(text);
  return { rows, stream, bytes };
}

describe.each(Object.entries(ENCODINGS))('in %s', (encoding, texts) => {
  test.each(Object.entries(FORMATS))('%s is read as it was written, from anywhere', (_, changes) => {
    const { rows, stream, bytes } = sampleOf(encoding, changes, texts);
    const whole = frame(stream, bytes);
    expect(decodeAll(stream, bytes, [7]).map(plain)).toEqual(rows);
    for (const [index, { after }] of whole.records.entries()) {
      const rest = frame(stream, bytes, { sizes: [5], from: after });
      expect(rest.records).toEqual(whole.records.slice(index + 1));
    }
  });

  test.each(Object.entries(FORMATS))('%s with a damaged record has one violation, at its offset', (_, changes) => {
    const { rows, stream, bytes } = sampleOf(encoding, changes, texts);
    const { records } = frame(stream, bytes);
    const [first, second] = records;
    if (first === undefined || second === undefined) throw new Error('no records');
    const damaged = damage(encoding, bytes, { from: second.offset, text: `1${texts[1]}` });
    if (damaged === null) return; // every byte means something in this encoding
    const found = decodeAll(stream, damaged, [7]).map(plain);
    expect(found.map((each, index) => (index === 1 ? String(each).split(':')[0] : each))).toEqual(
      rows.map((row, index) => (index === 1 ? 'record.encoding' : row)),
    );
    expect(frame(stream, damaged).records[1]?.offset).toBe(second.offset);
  });
});

/** Bytes that are not valid in the encoding, in place of the ones that follow the first digit of a text. */
function damage(encoding: string, bytes: Buffer, { from, text }: { from: number; text: string }): Buffer | null {
  const wrong: Readonly<Record<string, readonly number[]>> = {
    'utf-16le': [0x00, 0xd8],
    'utf-16be': [0xd8, 0x00],
    gb18030: [0xff, 0xff],
    'euc-jp': [0xff, 0xff],
    'euc-kr': [0xff, 0xff],
    big5: [0xff, 0xff],
    shift_jis: [0xfd, 0xff],
    'utf-8': [0xff, 0xff],
  };
  const replacement = wrong[encoding];
  if (replacement === undefined) return null;
  const at = bytes.indexOf(iconv.encode(text, encoding, { addBOM: false }), from);
  expect(at).toBeGreaterThan(0);
  const one = iconv.encode('1', encoding, { addBOM: false }).length;
  // A whole character of two bytes, or the first two of three.
  const damaged = Buffer.from(bytes);
  Buffer.from(replacement).copy(damaged, at + one);
  return damaged;
}

describe('UTF-16', () => {
  const cell = fc.string({
    unit: fc.constantFrom('a', '中', '😀', 'é', '\u0a0d', '\u2c22', '"', ',', '\n', '\ud800'),
    maxLength: 6,
  });
  const document = fc.array(fc.tuple(cell, cell), { maxLength: 6 }).chain((rows) =>
    fc.record({
      rows: fc.constant(rows),
      encoding: fc.constantFrom('utf-16le', 'utf-16be'),
      mark: fc.constantFrom('', '\uFEFF'),
    }),
  );
  const sample = document.map(({ rows, encoding, mark }) => {
    const lines = [['a', 'b'], ...rows].map((cells) =>
      cells.map((text) => `"${text.replaceAll('"', '""')}"`).join(','),
    );
    const bytes = Buffer.from(`${mark}${lines.join('\n')}\n`, 'utf16le');
    return { rows, stream: streamOf({ encoding }), bytes: encoding === 'utf-16le' ? bytes : bytes.swap16() };
  });

  test('halves of pairs are violations of their record, and all else is read', () => {
    fc.assert(
      fc.property(sample, fc.integer({ min: 1, max: 9 }), ({ rows, stream, bytes }, size) => {
        const found = decodeAll({ ...stream, empty: 'null' }, bytes, [size]).map(plain);
        const expected = rows.map(([a, b]) =>
          /\p{Surrogate}/u.test(`"${a}","${b}"`) ? 'record.encoding' : { a: a || null, b: b || null },
        );
        expect(found.map((each) => (typeof each === 'string' ? each.split(':')[0] : each))).toEqual(expected);
      }),
    );
  });

  test('splits and positions are offsets in the file', () => {
    fc.assert(
      fc.property(sample, fc.integer({ min: 1, max: 9 }), ({ stream, bytes }, size) => {
        const { records } = frame(stream, bytes);
        for (const { offset, bytes: utf8 } of records) {
          const there = Buffer.from(bytes.subarray(offset));
          const text = (stream.encoding === 'utf-16le' ? there : there.swap16()).toString('utf16le');
          const start = new TextDecoder().decode(utf8);
          expect(text.replaceAll(/\p{Surrogate}/gu, '\uFFFD\uFFFD\uFFFD').startsWith(start)).toBe(true);
        }
        const splits = findSplits(stream, bytes, { everyBytes: 8, size });
        expect(splits.every((split) => records.some(({ after }) => after.offset === split.offset))).toBe(true);
      }),
    );
  });

  test('an odd byte at the end, or half a pair, is a violation of the last record', () => {
    const text = Buffer.from('a\n1\n2', 'utf16le');
    for (const more of [[0x32], [0x00, 0xd8]]) {
      const bytes = Buffer.concat([text, Buffer.from(more)]);
      const found = decodeAll(streamOf({ encoding: 'utf-16le' }), bytes, [3]).map(plain);
      expect(found).toEqual([{ a: '1' }, expect.stringContaining('record.encoding: ')]);
    }
  });

  test('errors tell offsets in the file', () => {
    const text = Buffer.from('客户\n1\n"客', 'utf16le');
    expect(() => frame(streamOf({ encoding: 'utf-16le' }), text)).toThrow(
      'the quoted field that begins at byte 10 never ends',
    );
    const long = Buffer.from(`客户\n1\n${'客'.repeat(40)}\n`, 'utf16le');
    expect(() => frame(streamOf({ encoding: 'utf-16le', maxRecordBytes: 60 }), long)).toThrow(
      'what begins at byte 10 is longer',
    );
  });

  test('XML that declares UTF-16 is read, and one that declares another encoding is refused', () => {
    const xml = (label: string): Buffer =>
      Buffer.from(`\uFEFF<?xml version="1.0" encoding="${label}"?><客户><行><名>客</名></行></客户>`, 'utf16le');
    const stream = streamOf({ format: 'xml', record: '客户/行', encoding: 'auto' });
    expect(codeOf(() => formats.xml.inspect(stream, 'utf-16le', xml('UTF-16')))).toBe('no error');
    expect(codeOf(() => formats.xml.inspect(stream, 'utf-16le', xml('GBK')))).toBe('source.encoding');
    expect(decodeAll({ ...stream, encoding: 'utf-16le' }, xml('UTF-16')).map(plain)).toEqual([{ 名: '客' }]);
  });

  test('memory does not grow where no record is', () => {
    const framer = formats.xml.createFramer(
      streamOf({ format: 'xml', record: 'a/b', encoding: 'utf-16le', maxRecordBytes: 1000 }),
      START,
    );
    framer.push(Buffer.from('<a>', 'utf16le'));
    const filler = Buffer.from('<c>客户客户</c>'.repeat(50), 'utf16le');
    for (let turn = 0; turn < 500; turn++) {
      framer.push(Buffer.from(filler));
      expect(framer.next()).toBeNull();
    }
    framer.push(Buffer.from('<b>客</b></a>', 'utf16le'));
    expect(framer.next()?.offset).toBe(6 + 500 * filler.length);
  });
});

describeFormatContract('CSV in any encoding', () =>
  fc
    .tuple(
      fc.constantFrom(...Object.keys(ENCODINGS).filter((name) => !name.startsWith('utf-16'))),
      fc.constantFrom('|', ',', '\\'),
    )
    .map(([encoding, delimiter]) => {
      const texts = ENCODINGS[encoding] ?? [];
      const changes: StreamChanges = { format: 'csv', csv: { delimiter } };
      const { stream, bytes } = sampleOf(encoding, changes, texts.slice(0, 2));
      return { stream, bytes };
    }),
);
