import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeAll, read } from '../support.ts';
import { cases } from '../cases.ts';
import { document, readBySaxes, STREAM } from './documents.ts';

const XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';

test('fast-xml-parser, as it is used here, and saxes read the same records', () => {
  fc.assert(
    fc.property(document, ({ text: whole, records }) => {
      const decoded = decodeAll(STREAM, Buffer.from(whole));
      const found = decoded.map((each) => (each.ok ? JSON.parse(JSON.stringify(each.record)) : each.rule));
      expect(found).toEqual(records.map(readBySaxes));
    }),
    { numRuns: cases(300) },
  );
});

describe('decodes', () => {
  test.each<[string, string, unknown]>([
    [
      'text as text',
      '<customer><a>00123</a><b>+86138</b><c>1.10</c><d>true</d><e>1e5</e></customer>',
      { a: '00123', b: '+86138', c: '1.10', d: 'true', e: '1e5' },
    ],
    [
      'the five entities and numeric references once',
      '<customer><a>&lt;&gt;&amp;&quot;&apos;&#20013;&#x1F600;&amp;lt;</a></customer>',
      { a: '<>&"\'中😀&lt;' },
    ],
    [
      'more references than fast-xml-parser expands',
      `<customer><a>${'&amp;'.repeat(150_000)}</a></customer>`,
      { a: '&'.repeat(150_000) },
    ],
    ['attributes, also with >', '<customer id="a>b" note=\'"/>\'><a/></customer>', { '@id': 'a>b', '@note': '"/>' }],
    [
      'text of an element with attributes',
      '<customer><a lang="de">x</a></customer>',
      { a: { '@lang': 'de', '#text': 'x' } },
    ],
    [
      'an element that occurs twice as a list',
      '<customer><t>1</t><u>x</u><t>2</t></customer>',
      { t: ['1', '2'], u: 'x' },
    ],
    ['an element that occurs once not as a list', '<customer><t>1</t></customer>', { t: '1' }],
    ['repeated elements without the empty ones', '<customer><t/><t>1</t><t></t></customer>', { t: ['1'] }],
    [
      'nested elements of the record’s own name',
      '<customer><customer><customer>x</customer></customer></customer>',
      { customer: { customer: 'x' } },
    ],
    ['CDATA with an end tag', '<customer><a><![CDATA[</customer>&amp;]]></a></customer>', { a: '</customer>&amp;' }],
    ['text around comments and instructions', "<customer><a>x<!-- ' --><?p it's?>y</a></customer>", { a: 'xy' }],
    [
      'an instruction inside CDATA as text',
      "<customer><a><![CDATA[<?php it's ?>]]></a></customer>",
      { a: "<?php it's ?>" },
    ],
    ['mixed content', '<customer>Hello <b>big</b> world</customer>', { '#text': 'Hello  world', b: 'big' }],
    ['text of the record itself', '<customer>x</customer>', { '#text': 'x' }],
    ['empty elements as absent', '<customer><a/><b></b><c> \n </c></customer>', {}],
    ['an empty record', '<customer/>', {}],
    ['white space in text as it is, CRLF as LF', '<customer><a> x\r\ny </a></customer>', { a: ' x\ny ' }],
    [
      'white space in attributes as spaces, but not where it is a reference',
      '<customer a="x\ty&#9;z"/>',
      { '@a': 'x y\tz' },
    ],
    ['prefixes away', '<customer xmlns:p="urn:p"><p:a p:k="1">x</p:a></customer>', { a: { '@k': '1', '#text': 'x' } }],
    [
      'xsi:nil as null',
      `<customer ${XSI}><a xsi:nil="true"/><b xsi:nil="1"/><c xsi:nil="false">x</c></customer>`,
      { a: null, b: null, c: 'x' },
    ],
    [
      'xsi:nil by its namespace, not by its prefix',
      '<customer xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><a i:nil="true"/><b nil="true"/></customer>',
      { a: null, b: { '@nil': 'true' } },
    ],
    [
      'names that objects have',
      '<customer><toString>a</toString><hasOwnProperty>b</hasOwnProperty></customer>',
      { toString: 'a', hasOwnProperty: 'b' },
    ],
    [
      '__proto__ not',
      '<customer><__proto__>x</__proto__></customer>',
      'record.forbidden_name: an element may not be named "__proto__"',
    ],
    [
      'constructor with a prefix not',
      '<customer xmlns:p="urn:p"><p:constructor/></customer>',
      'record.forbidden_name: an element may not be named "constructor"',
    ],
    [
      'two attributes of one local name with their prefixes',
      '<customer xmlns:p="urn:p" p:a="1" a="2" p:b="3"/>',
      { '@p:a': '1', '@a': '2', '@b': '3' },
    ],
    ['64 levels', levels(64), JSON.parse(`${'{"customer":'.repeat(62)}{"customer":"x"}${'}'.repeat(62)}`)],
    ['65 levels not', levels(65), 'record.limit: nested deeper than 64 elements'],
    ['5,000 levels not', levels(5000), 'record.limit: nested deeper than 64 elements'],
    [
      '257 attributes not',
      `<customer ${Array.from({ length: 257 }, (_, index) => `a${index}=""`).join(' ')}/>`,
      'record.limit: an element has more than 256 attributes',
    ],
  ])('%s', (_, xml, expected) => {
    expect(read({ format: 'xml', record: 'customers/customer' }, `<customers>${xml}</customers>`)).toEqual([expected]);
  });

  test('an empty element as null where the stream says so', () => {
    expect(read({ format: 'xml', record: 'r/c', empty: 'null' }, '<r><c><a/><b>x</b></c></r>')).toEqual([
      { a: null, b: 'x' },
    ]);
  });

  test('namespaces declared around the record, the innermost first', () => {
    const xml =
      '<d xmlns="urn:0" xmlns:p="urn:1&amp;&lt;"><p:l xmlns:p="urn:2" xmlns:q="urn:3"><c><p:a q:x="1"/></c></p:l><l><c><p:a/><q:a/></c></l></d>';
    expect(read({ format: 'xml', record: 'd/l/c' }, xml)).toEqual([
      { a: { '@x': '1' } },
      'record.malformed: not XML: unbound namespace prefix',
    ]);
  });

  test('records without a prototype, at every level', () => {
    const [decoded] = decodeAll(STREAM, Buffer.from('<customers><customer><a><b>x</b></a></customer></customers>'));
    if (!decoded?.ok) throw new Error('not decoded');
    expect(Object.getPrototypeOf(decoded.record)).toBeNull();
    expect(Object.getPrototypeOf(decoded.record['a'])).toBeNull();
  });
});

describe('refuses the record, and goes on', () => {
  test.each<[string, string, string]>([
    ['with an entity that nobody defined', '<customer>&nbsp;</customer>', 'undefined entity'],
    ['with a bare ampersand', '<customer>a & b</customer>', 'an & that is not written as &amp;'],
    ['with an element that is not closed', '<customer><a></customer>', 'unexpected close tag'],
    ['with crossed elements', '<customer><a><b></a></b></customer>', 'unexpected close tag'],
    ['with an end tag too many', '<customer></a></customer>', 'unexpected close tag'],
    ['with < in an attribute', '<customer><a x="1<2">y</a></customer>', 'disallowed character'],
    ['with an attribute whose quote is missing', '<customer><a x="1>y</a></customer>', 'disallowed character'],
    ['with an attribute twice', '<customer a="1" a="2"/>', 'duplicate attribute'],
    ['with a prefix that nobody declared', '<customer><p:a/></customer>', 'unbound namespace prefix'],
    ['with a control character', '<customer>\u0001</customer>', 'disallowed character'],
    ['with U+0000', '<customer>&#0;</customer>', 'malformed character entity'],
    ['with ]]> in text', '<customer>]]></customer>', 'the string "]]>" is disallowed in char data'],
    ['with -- in a comment', '<customer><!-- -- --></customer>', 'malformed comment'],
    ['with a name that is none', '<customer><1/></customer>', 'disallowed character in tag name'],
    ['with its data kept out of the message', '<customer><secret></customer>', 'unexpected close tag'],
  ])('%s', (_, xml, problem) => {
    expect(
      read(
        { format: 'xml', record: 'customers/customer' },
        `<customers>${xml}<customer><ok>1</ok></customer></customers>`,
      ),
    ).toEqual([`record.malformed: not XML: ${problem}`, { ok: '1' }]);
  });
});

function levels(count: number): string {
  return `${'<customer>'.repeat(count)}x${'</customer>'.repeat(count)}`;
}
