// Documents made to hurt: each gives a violation or a clear error, and holds no more than the limits allow.

import { describe, expect, test } from 'vitest';
import { START } from '../../../src/formats/format.ts';
import { xmlReader } from '../../../src/formats/xml/reader.ts';
import { codeOf, frame, read, streamOf } from '../support.ts';
import { STREAM } from './documents.ts';

const LIMIT = 1_000_000;
const CHUNK = Buffer.alloc(64 * 1024, 'x');

/** Pushes without end; how many bytes were taken before they were too many. */
function bytesTaken(head: string, chunk: Buffer): number {
  const framer = xmlReader.createFramer({ ...STREAM, maxRecordBytes: LIMIT }, START);
  let taken = 0;
  const take = (bytes: Uint8Array): void => {
    framer.push(bytes);
    taken += bytes.length;
    while (framer.next() !== null);
  };
  const code = codeOf(() => {
    take(Buffer.from(head));
    while (taken < 1e9) take(chunk);
  });
  expect(code).toBe('source.limit');
  return taken;
}

describe('a gigabyte is refused as soon as it is more than a record may be', () => {
  test.each<[string, string, Buffer?]>([
    ['of text in a record', '<customers><customer>'],
    ['of an attribute', '<customers><customer a="'],
    ['of a start tag', '<customers><customer '],
    ['of a name', '<customers><customer'],
    ['of elements in a record', '<customers><customer>', Buffer.from('<a>1</a>'.repeat(8_000))],
    ['of records that are not closed', '<customers>', Buffer.from('<customer>'.repeat(6_000))],
    ['of exclamation marks', '<customers><customer>', Buffer.alloc(64 * 1024, '!')],
    ['of CDATA', '<customers><customer><![CDATA['],
    ['of brackets in CDATA', '<customers><customer><![CDATA[', Buffer.alloc(64 * 1024, ']')],
    ['of a comment', '<customers><!--'],
    ['of hyphens in a comment', '<customers><!--', Buffer.alloc(64 * 1024, '-')],
    ['of an instruction', '<?x '],
    ['of text between the records', '<customers>'],
    ['of an end tag', '<customers></customers '],
  ])('%s', (_, head, chunk = CHUNK) => {
    expect(bytesTaken(head, chunk)).toBeLessThan(LIMIT + 2 * 64 * 1024);
  });

  test('but a limit is one for all ways in which the bytes come', () => {
    const stream = { ...STREAM, maxRecordBytes: 1_000 };
    const document = (length: number): Buffer =>
      Buffer.from(`<customers><customer>${'x'.repeat(length - '<customer></customer>'.length)}</customer></customers>`);
    for (const sizes of [[10_000], [100], [1]]) {
      expect(codeOf(() => frame(stream, document(1_000), { sizes }))).toBe('no error');
      expect(codeOf(() => frame(stream, document(1_001), { sizes }))).toBe('source.limit');
    }
  });
});

// A search that begins again at every place would take minutes for these.
describe('time stays linear', () => {
  const many = 300_000;
  const strangers = Array.from({ length: 3_000 }, (_none, n) => `<a b="${n}"/>`).join('');

  test.each<[string, string, string]>([
    ['in white space of end tags', `</customers${' '.repeat(many)}x>`, 'source.malformed'],
    ['in white space of start tags', `<customer${' '.repeat(many)}!></customer>`, 'record.malformed'],
    ['in white space of text', `${' '.repeat(many)}<customer>${' '.repeat(many)}</customer>`, 'read'],
    ['in ampersands', `<customer>${'&'.repeat(many)}</customer>`, 'record.malformed'],
    [
      'in what looks like markup',
      `<customer><![CDATA[${'<!--<?<![CDATA['.repeat(many / 10)}]]>&x;</customer>`,
      'record.malformed',
    ],
    ['in names of records', `<customer>${'customer '.repeat(many / 10)}</customer>`, 'read'],
    ['in long names', `<customer><${'a'.repeat(many)} ${'b'.repeat(many)}="1"/></customer>`, 'read'],
    ['in elements', `<customer>${'<a/>'.repeat(many / 10)}</customer>`, 'read'],
    ['in strangers', `${'<a b="1"/>'.repeat(many / 10)}<customer/>`, 'read'],
    ['in strangers that differ', `${strangers}<customer/>`, 'read'],
  ])('%s', (_, text, expected) => {
    let found = 'read';
    const code = codeOf(() => {
      const record = recordOf(text);
      if (typeof record === 'string') found = record.replace(/:.*/, '');
    });
    expect(code === 'no error' ? found : code).toBe(expected);
  });
});

describe('DOCTYPE', () => {
  test.each<[string, string]>([
    ['with an entity bomb', '<!DOCTYPE c [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><customers>&b;</customers>'],
    ['with an external entity', '<!DOCTYPE c [<!ENTITY a SYSTEM "file:///etc/passwd">]><customers>&a;</customers>'],
    ['with an external subset', '<!DOCTYPE c SYSTEM "http://localhost:1/c.dtd"><customers/>'],
    ['with a parameter entity', '<!DOCTYPE c [<!ENTITY % a SYSTEM "http://localhost:1/"> %a;]><customers/>'],
    ['in lower case', '<!doctype html><html/>'],
    ['in mixed case', '<!DocType c><customers/>'],
    ['after the declaration', '<?xml version="1.0"?>\n<!-- --><!DOCTYPE c><customers/>'],
    ['in the root', '<customers><!DOCTYPE c></customers>'],
    ['after the root', '<customers/><!DOCTYPE c>'],
    ['that does not end', `<!DOCTYPE c [${'<!ENTITY a "b">'.repeat(1000)}`],
  ])('%s is refused', (_, text) => {
    expect(codeOf(() => frame(STREAM, Buffer.from(text), { sizes: [5] }))).toBe('source.doctype');
  });
});

/** What the one record of a document is. */
function recordOf(xml: string | Buffer): unknown {
  const bytes = Buffer.concat([Buffer.from('<customers>'), Buffer.from(xml), Buffer.from('</customers>')]);
  return read({ ...STREAM, maxRecordBytes: 16_000_000 }, bytes)[0];
}

describe('a record', () => {
  const attributes = (count: number): string => Array.from({ length: count }, (_none, n) => `a${n}="1"`).join(' ');

  test.each<[string, string | Buffer, unknown]>([
    ['nested 100,000 levels', nested('a', 100_000), 'record.limit: nested deeper than 64 elements'],
    ['nested 100,000 levels in itself', nested('customer', 100_000), 'record.limit: nested deeper than 64 elements'],
    [
      'with 100,000 attributes',
      `<customer ${attributes(100_000)}/>`,
      'record.limit: an element has more than 256 attributes',
    ],
    ['with an entity', '<customer>&x;</customer>', 'record.malformed: not XML: undefined entity'],
    [
      'with half a surrogate pair',
      '<customer>&#xD800;</customer>',
      'record.malformed: not XML: malformed character entity',
    ],
    ['with U+FFFE', '<customer>&#xFFFE;</customer>', 'record.malformed: not XML: malformed character entity'],
    ['with U+110000', '<customer>&#x110000;</customer>', 'record.malformed: not XML: malformed character entity'],
    ['with a NUL', '<customer>\u0000</customer>', 'record.malformed: not XML: disallowed character'],
    ['with a NUL in a name', '<customer><a\u0000/></customer>', 'record.malformed: not XML: disallowed character'],
    ['with an escape character', '<customer a="\u001B"/>', 'record.malformed: not XML: disallowed character'],
    ['with U+FEFF in a name', '<customer><a\uFEFF/></customer>', 'record.forbidden_name: a name contains U+FEFF'],
    ['with U+FEFF in text', '<customer><a>\uFEFFx</a></customer>', { a: '\uFEFFx' }],
    [
      'named __proto__',
      '<customer><__proto__><a/></__proto__></customer>',
      'record.forbidden_name: an element may not be named "__proto__"',
    ],
    [
      'named constructor',
      '<customer><constructor/></customer>',
      'record.forbidden_name: an element may not be named "constructor"',
    ],
    [
      'named prototype',
      '<customer><prototype/></customer>',
      'record.forbidden_name: an element may not be named "prototype"',
    ],
  ])('%s', (_, xml, expected) => {
    expect(recordOf(xml)).toEqual(expected);
  });

  test.each<[string, readonly number[]]>([
    ['half a surrogate pair', [0xed, 0xa0, 0x80]],
    ['too long a form', [0xc0, 0xaf]],
    ['beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['half a character', [0xe4, 0xb8]],
  ])('with bytes that are %s', (_, wrong) => {
    const bytes = Buffer.concat([Buffer.from('<customer>'), Buffer.from(wrong), Buffer.from('</customer>')]);
    expect(recordOf(bytes)).toMatch(/^record\.encoding: /);
  });

  test('with attributes that objects have leaves objects as they are', () => {
    expect(recordOf('<customer __proto__="1" constructor="2"><a toString="3"/></customer>')).toEqual({
      '@__proto__': '1',
      '@constructor': '2',
      a: { '@toString': '3' },
    });
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});

describe('a document', () => {
  test.each<[string, string, string]>([
    ['with 100,000 levels around the records', nested('a', 100_000), 'source.limit'],
    [
      'with 300 attributes on the root',
      `<customers ${Array.from({ length: 300 }, (_none, n) => `a${n}=""`).join(' ')}/>`,
      'source.limit',
    ],
    ['with a namespace of 100,000 characters', `<customers xmlns:a="${'a'.repeat(100_000)}"/>`, 'source.limit'],
    ['with a NUL around the records', '<customers>\u0000<customer/></customers>', 'source.malformed'],
    ['with U+FFFF in a comment', '<customers><!--\uFFFF--></customers>', 'source.malformed'],
    ['with two byte order marks', '\uFEFF\uFEFF<customers/>', 'source.malformed'],
    ['with a byte order mark after a line', '\n\uFEFF<customers/>', 'source.malformed'],
    ['with another document after it', '<customers/>\uFEFF<customers/>', 'source.malformed'],
    ['with a U+FEFF in the name of its root', '<customers\uFEFF/>', 'source.malformed'],
  ])('%s', (_, text, code) => {
    expect(codeOf(() => frame(STREAM, Buffer.from(text)))).toBe(code);
  });

  test('with bytes around the records that are no text', () => {
    const bytes = Buffer.from('<customers>caf\u00E9<customer/></customers>', 'latin1');
    expect(codeOf(() => frame(STREAM, bytes))).toBe('source.encoding');
    expect(codeOf(() => frame(streamOf({ ...STREAM, encoding: 'windows-1252' }), bytes))).toBe('no error');
  });
});

function nested(name: string, levels: number): string {
  return `<customer>${`<${name}>`.repeat(levels)}${`</${name}>`.repeat(levels)}</customer>`;
}
