import * as fc from 'fast-check';
import { SaxesParser } from 'saxes';
import { describe, expect, test } from 'vitest';
import { describeFormatContract } from '../contract/format-contract.ts';
import { codeOf, decodeAll, frame, read, streamOf } from './support.ts';

const STREAM = streamOf({ format: 'xml', record: 'customers/customer' });
const XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';

// Generated documents: names that nest in themselves, text in all its forms, and markup that looks like a record's end.
const name = fc.constantFrom('name', 'customer', 'n:name', '客户', 'customers', 'hasOwnProperty');
const text = fc.oneof(
  fc.string({
    unit: fc.constantFrom(
      'a',
      ' ',
      '\n',
      '\r\n',
      '中',
      '😀',
      '&amp;',
      '&#20013;',
      '&#x41;',
      '"',
      "'",
      '>',
      ']',
      '&lt;',
    ),
    maxLength: 6,
  }),
  fc.constantFrom(
    '<![CDATA[</customer> & ]] > <x>]]>',
    '<!-- </customer> -->',
    "<?pi it's </customer> ?>",
    '&#13;',
    '<![CDATA[]]>',
  ),
);
const attributes = fc
  .dictionary(
    fc.constantFrom('id', 'n:x', '类', 'a.b'),
    fc.constantFrom('1', 'a>b', "it's", '&quot;', 'a\tb\nc', '/', '', '/>'),
    { maxKeys: 3 },
  )
  .map((all) =>
    Object.entries(all)
      .map(([key, value]) => ` ${key}="${value}"`)
      .join(''),
  );
const { element } = fc.letrec<{ element: string }>((tie) => ({
  element: fc
    .tuple(
      name,
      attributes,
      fc.option(fc.array(fc.oneof({ depthSize: 'small' }, text, tie('element')), { maxLength: 4 })),
      fc.constantFrom('', ' ', '\n'),
    )
    .map(([tag, attrs, children, gap]) =>
      children === null ? `<${tag}${attrs}${gap}/>` : `<${tag}${attrs}${gap}>${children.join('')}</${tag}${gap}>`,
    ),
}));
const record = fc
  .tuple(attributes, fc.array(fc.oneof(text, element), { maxLength: 4 }))
  .map(([attrs, children]) => `<customer${attrs}>${children.join('')}</customer>`);
const filler = fc.constantFrom(
  '',
  '\n  ',
  '<!-- <customer> -->',
  '<?x?>',
  '<other>&amp;<customer/></other>',
  'text',
  '<![CDATA[<customer>]]>',
);
const prolog = fc.constantFrom(
  '',
  '<?xml version="1.0" encoding="UTF-8"?>',
  '\uFEFF<?xml version="1.0"?>\n<!-- "<" -->',
  '\n',
);
const document = fc
  .tuple(
    prolog,
    fc.array(fc.tuple(filler, record), { maxLength: 4 }),
    fc.constantFrom('', '\n', '<!-- end -->\n<?end?>'),
  )
  .map(([head, parts, tail]) => ({
    records: parts.map(([, each]) => each),
    text: `${head}<customers xmlns:n="urn:n">${parts.map((part) => part.join('')).join('')}</customers>${tail}`,
  }))
  .filter((each) => isWellFormed(each.text.replace(/^\uFEFF/, '')));

describeFormatContract('XML', () => document.map((each) => ({ stream: STREAM, bytes: Buffer.from(each.text) })));

test('the records are the elements at the path, whole', () => {
  fc.assert(
    fc.property(document, ({ text: whole, records }) => {
      const framed = frame(STREAM, Buffer.from(whole), { sizes: [4] });
      expect(framed.records.map(({ bytes }) => bytes.toString())).toEqual(records);
    }),
  );
});

test('fast-xml-parser, as it is used here, and saxes read the same records', () => {
  fc.assert(
    fc.property(document, ({ text: whole, records }) => {
      const decoded = decodeAll(STREAM, Buffer.from(whole));
      const found = decoded.map((each) => (each.ok ? JSON.parse(JSON.stringify(each.record)) : each.rule));
      expect(found).toEqual(records.map(readBySaxes));
    }),
    { numRuns: 1000 },
  );
});

test('every strict prefix of a document is refused', () => {
  fc.assert(
    fc.property(document, ({ text: whole }) => {
      const bytes = Buffer.from(whole.slice(0, whole.lastIndexOf('</customers>') + '</customers>'.length));
      for (let length = 0; length < bytes.length; length++) {
        const code = codeOf(() => frame(STREAM, bytes.subarray(0, length)));
        expect(
          ['source.truncated', 'source.empty', 'source.malformed'],
          bytes.subarray(0, length).toString(),
        ).toContain(code);
      }
      expect(codeOf(() => frame(STREAM, bytes))).toBe('no error');
    }),
    { numRuns: 50 },
  );
});

test('a damaged document is refused, or has a refused record, exactly when it is not well-formed', () => {
  const damage = fc.record({
    at: fc.nat(400),
    drop: fc.nat(3),
    add: fc.constantFrom('', '<', '>', '"', '&', '/', ']]>', '</customer>', '<customer>', '--'),
  });
  fc.assert(
    fc.property(document, damage, ({ text: whole }, { at, drop, add }) => {
      const cut = at % (whole.length + 1);
      const bytes = Buffer.from(whole.slice(0, cut) + add + whole.slice(cut + drop));
      const damaged = bytes.toString();
      if (codeOf(() => frame(STREAM, bytes)) !== 'no error') return;
      const allRead = decodeAll(STREAM, bytes).every((each) => each.ok || each.rule !== 'record.malformed');
      expect(allRead, damaged).toBe(isWellFormed(damaged.replace(/^\uFEFF/, '')));
    }),
    { numRuns: 3000 },
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
      'two attributes of one local name not',
      '<customer xmlns:p="urn:p" p:a="1" a="2"/>',
      'record.duplicate_key: an element has two attributes that differ only in their prefix',
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

describe('a document', () => {
  test.each<[string, string, string]>([
    ['that is empty', '', 'source.empty'],
    ['of white space', ' \n', 'source.empty'],
    ['of a declaration', '<?xml version="1.0"?>', 'source.truncated'],
    ['with a DOCTYPE', '<!DOCTYPE customers><customers/>', 'source.doctype'],
    ['with a DOCTYPE that declares entities', '<!DOCTYPE c [<!ENTITY a "b">]><customers/>', 'source.doctype'],
    ['with a DOCTYPE inside of a record', '<customers><customer><!DOCTYPE a></customer></customers>', 'source.doctype'],
    ['with another declaration', '<customers><!ELEMENT a></customers>', 'source.malformed'],
    ['with text before the root', 'x<customers/>', 'source.malformed'],
    ['with text after the root', '<customers/>x', 'source.malformed'],
    ['with CDATA after the root', '<customers/><![CDATA[]]>', 'source.malformed'],
    ['with a second root', '<customers/><customers/>', 'source.malformed'],
    ['with a second root that is a record', '<customers/><customer/>', 'source.malformed'],
    ['with another root', '<clients><customer/></clients>', 'source.malformed'],
    ['whose record is not closed', '<customers><customer><a/></customers>', 'source.malformed'],
    ['with crossed elements around the records', '<customers><a></customers></a>', 'source.malformed'],
    ['with an end tag too many', '</customers>', 'source.malformed'],
    ['with a slash after the name of an end tag', '<customers></customers/>', 'source.malformed'],
    ['with an attribute on an end tag', '<customers></customers a="">', 'source.malformed'],
    ['with an attribute twice on the root', '<customers a="1" a="2"/>', 'source.malformed'],
    ['with an ampersand between the records', '<customers>a & b</customers>', 'source.malformed'],
    ['with an entity between the records', '<customers>&x;</customers>', 'source.malformed'],
    ['with < in an attribute of the root', '<customers a="<"/>', 'source.malformed'],
    ['with -- in a comment', '<customers><!-- -- --></customers>', 'source.malformed'],
    ['with a late XML declaration', ' <?xml version="1.0"?><customers/>', 'source.malformed'],
    ['with a wrong XML declaration', '<?xml encoding="UTF-8"?><customers/>', 'source.malformed'],
    ['that is nested too deep around the records', '<customers>' + '<a>'.repeat(70), 'source.limit'],
    ['that ends before its root is closed', '<customers><customer/>', 'source.truncated'],
    ['that ends in a comment after its root', '<customers/><!-- ', 'source.truncated'],
    ['without a record', '<customers/>', 'no error'],
    ['without a record, and white space', '<customers>\n</customers>\n', 'no error'],
  ])('%s', (_, xml, code) => {
    expect(codeOf(() => frame(STREAM, Buffer.from(xml), { sizes: [3] }))).toBe(code);
  });

  test('with a record beyond the limit is refused before its end has come', () => {
    const small = { ...STREAM, maxRecordBytes: 100 };
    expect(codeOf(() => frame(small, Buffer.from(`<customers><customer>${'x'.repeat(101)}`), { sizes: [10] }))).toBe(
      'source.limit',
    );
    expect(codeOf(() => frame(small, Buffer.from(`<customers><customer a="${'x'.repeat(101)}`), { sizes: [10] }))).toBe(
      'source.limit',
    );
    expect(codeOf(() => frame(small, Buffer.from(`<customers><!--${'x'.repeat(101)}`), { sizes: [10] }))).toBe(
      'source.limit',
    );
  });

  test('is proven whole when its root is closed, unless only strangers stand where records belong', () => {
    expect(frame(STREAM, Buffer.from('<customers/>')).completeness).toBe('proven');
    expect(frame(STREAM, Buffer.from('<customers><client/></customers>')).completeness).toBe('unproven');
    expect(frame(STREAM, Buffer.from('<customers><client/><customer/></customers>')).completeness).toBe('proven');
  });

  test('may have its records in several places, or be one', () => {
    const deep = streamOf({ format: 'xml', record: 'd/l/c' });
    expect(frame(deep, Buffer.from('<d><l><c/></l><c/><x><l><c/></l></x><l><c/><c/></l></d>')).records).toHaveLength(3);
    expect(frame(streamOf({ format: 'xml', record: 'c' }), Buffer.from('<c><c/></c>\n')).records).toHaveLength(1);
  });

  test('may have prefixes that the path does not know; a path with a prefix is meant', () => {
    const xml = Buffer.from('<s:d xmlns:s="urn:s"><s:c/><c/></s:d>');
    expect(frame(streamOf({ format: 'xml', record: 'd/c' }), xml).records).toHaveLength(2);
    expect(frame(streamOf({ format: 'xml', record: 's:d/s:c' }), xml).records).toHaveLength(1);
  });
});

interface Element {
  readonly name: string;
  readonly attributes: [string, string][];
  readonly children: (string | Element)[];
}

/** An independent reading of the same rules, from saxes' events. */
function readBySaxes(xml: string): unknown {
  const top: Element = { name: '', attributes: [], children: [] };
  const open = [top];
  const parser = new SaxesParser({ xmlns: true });
  let duplicate = false;
  parser.on('opentag', ({ local, attributes: all }) => {
    const own = Object.values(all).filter(({ prefix, name: full }) => prefix !== 'xmlns' && full !== 'xmlns');
    duplicate ||= new Set(own.map((each) => each.local)).size < own.length;
    const child: Element = { name: local, attributes: own.map((each) => [`@${each.local}`, each.value]), children: [] };
    open.at(-1)?.children.push(child);
    open.push(child);
  });
  parser.on('closetag', () => void open.pop());
  parser.on('text', (piece) => void open.at(-1)?.children.push(piece));
  parser.on('cdata', (piece) => void open.at(-1)?.children.push(piece));
  parser.write(`<_ xmlns:n="urn:n">${xml}</_>`).close();
  const [wrapper] = top.children;
  const [root] = typeof wrapper === 'object' ? wrapper.children : [];
  if (duplicate) return 'record.duplicate_key';
  const value = typeof root === 'object' ? toValue(root) : undefined;
  return typeof value === 'string' ? { '#text': value } : (value ?? {});
}

function toValue({ attributes: own, children }: Element): unknown {
  const piece = children.filter((child) => typeof child === 'string').join('');
  const elements = children.filter((child) => typeof child === 'object');
  const blank = /^[ \t\r\n]*$/.test(piece);
  if (own.length === 0 && elements.length === 0) return blank ? undefined : piece;
  const value: Record<string, unknown> = Object.fromEntries(own);
  if (!blank) value['#text'] = piece;
  for (const child of new Set(elements.map((each) => each.name))) {
    const all = elements.filter((each) => each.name === child);
    const values = all.map(toValue).filter((each) => each !== undefined);
    if (values.length > 0) value[child] = all.length === 1 ? values[0] : values;
  }
  return value;
}

function isWellFormed(xml: string): boolean {
  try {
    new SaxesParser({ xmlns: true }).write(xml).close();
    return true;
  } catch {
    return false;
  }
}

function levels(count: number): string {
  return `${'<customer>'.repeat(count)}x${'</customer>'.repeat(count)}`;
}
