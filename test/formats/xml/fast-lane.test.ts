import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Decode, Decoded } from '../../../src/formats/format.ts';
import { xmlReader } from '../../../src/formats/xml/reader.ts';
import { cases } from '../cases.ts';
import { STREAM, record } from './documents.ts';

const XSI = 'http://www.w3.org/2001/XMLSchema-instance';
const AROUND = { version: null, open: [['customers', 'xmlns:n="urn:n"', `xmlns:xsi="${XSI}"`]] };

/** What most exports look like. */
const leaf = fc
  .tuple(
    fc.constantFrom('name', 'city', 'phone', 'n:id', '名称', 'a-b.c', '_x'),
    fc.constantFrom('', '', '', ' type="home"', ' n:lang="de" id=\'7\'', ' xsi:nil="true"', ' xml:lang="zh"'),
    fc.constantFrom(
      '',
      ' ',
      'x',
      ' x ',
      '北京市',
      'A &amp; B',
      '&lt;&gt;&quot;&apos;',
      '&#20013;',
      '&#x1F600;',
      'a\r\nb',
      '"\'>',
      '&#32;',
    ),
    fc.constantFrom('full', 'full', 'empty'),
  )
  .map(([name, attributes, text, form]) =>
    form === 'empty' ? `<${name}${attributes}/>` : `<${name}${attributes}>${text}</${name}>`,
  );
const { group } = fc.letrec<{ group: string }>((tie) => ({
  group: fc
    .tuple(
      fc.constantFrom('address', 'contact', 'customer'),
      fc.array(fc.oneof({ depthSize: 'small', maxDepth: 4 }, leaf, tie('group')), { maxLength: 4 }),
      fc.constantFrom('', '\n  ', '\r\n\t'),
    )
    .map(([name, children, gap]) => `<${name}>${children.map((child) => gap + child).join('')}${gap}</${name}>`),
}));
const plain = fc
  .tuple(fc.array(fc.oneof(leaf, group), { maxLength: 8 }), fc.constantFrom('', ' id="1"', ' id="2" n:state="x"'))
  .map(([children, attributes]) => `<customer${attributes}>\n  ${children.join('\n  ')}\n</customer>`);

const PIECES = `< > & " ' / = : - 1 ]]> </ /> <a> </a> <a/> <a/>b <!-- --> <![CDATA[ <?x?> <?xml?> <n:> <q:a/> <xml:a/> <xmlns:a/>
  &amp; &#0; &#13; &#xD800; &#xFFFE; &#x110000; &nbsp; &#x; &amp <__proto__/> <constructor>x</constructor> <toString/>`;
const ATTRIBUTES = `xmlns="urn:a" xmlns:q="urn:q" xmlns:n="" a="1" a="&lt;" a="<" a="	" n:a="1" q:a="1" nil="1" xsi:nil="true" xsi:nil="x"
  xml:space="x" __proto__="x"`;
const CHARACTERS = ' |\n|\r|\u0000|\u0001|\u007F|\u0085|\u2028|\uFEFF|\uFFFE|\u{1D0B2}|\u{20000}';
const fragment = fc.constantFrom(
  ...PIECES.split(/\s+/),
  ...ATTRIBUTES.split(/[ \n]+/).map((attribute) => ` ${attribute}`),
  ...CHARACTERS.split('|'),
);
const damaged = fc
  .tuple(fc.oneof(plain, record), fc.array(fc.tuple(fc.nat(500), fc.nat(4), fragment), { minLength: 1, maxLength: 3 }))
  .map(([text, changes]) =>
    changes.reduce((now, [at, drop, add]) => splice(now, at % (now.length + 1), drop, add), text),
  );

function splice(text: string, at: number, drop: number, add: string): string {
  return text.slice(0, at) + add + text.slice(at + drop);
}

function decoder(empty: 'absent' | 'null' = 'absent', context: unknown = AROUND): Decode {
  return xmlReader.createDecoder({ ...STREAM, empty }, 'utf-8', context);
}

/** With the order of names, which people see. */
function shown(decoded: Decoded): string {
  return JSON.stringify(decoded);
}

describe('the fast lane is equal to the reference', () => {
  test.each<[string, fc.Arbitrary<string>]>([
    ['for plain records', plain],
    ['for records with everything that XML has', record],
    ['for damaged records', damaged],
  ])('%s', (_, texts) => {
    // One decoder for all, as in a run: what it has learnt from one record must not change another.
    const decoders = [decoder(), decoder('null'), decoder('absent', { version: '1.0', open: [['r']] })];
    fc.assert(
      fc.property(texts, fc.nat(2), (text, which) => {
        const decode = decoders[which] ?? decoder();
        const raw = { offset: 0, bytes: Buffer.from(text) };
        expect(shown(decode(raw)), text).toBe(shown(decode.reference(raw)));
      }),
      { numRuns: cases(300) },
    );
  });

  test('for damaged bytes', () => {
    const decode = decoder();
    const damage = fc.array(fc.tuple(fc.nat(500), fc.nat(255)), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(plain, damage, (text, changes) => {
        const bytes = Buffer.from(text);
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        const raw = { offset: 0, bytes };
        expect(shown(decode(raw)), bytes.toString('latin1')).toBe(shown(decode.reference(raw)));
      }),
      { numRuns: cases(300) },
    );
  });
});

describe('the fast lane takes', () => {
  test.each<[string, string]>([
    ['elements with text', '<customer><a>1</a><b>北京</b></customer>'],
    ['empty elements', '<customer><a/><b></b><c />\n</customer>'],
    ['entities and numeric references', '<customer><a>&lt;&amp;&#20013;&#x4E2D;</a></customer>'],
    ['attributes', `<customer id="1" n:k='a>b'><a lang="de">x</a></customer>`],
    ['nested and repeated elements', '<customer><a><b>1</b><b>2</b></a><c>3</c></customer>'],
    ['prefixes that are declared around the records', '<n:customer><n:a>1</n:a></n:customer>'],
    ['xsi:nil', '<customer><a xsi:nil="true"/><b xsi:nil="0">1</b></customer>'],
    ['line ends of Windows', '<customer>\r\n<a>1\r\n2</a>\r\n</customer>'],
  ])('%s', (_, text) => {
    const decode = decoder();
    expect(decode({ offset: 0, bytes: Buffer.from(text) }).ok).toBe(true);
    expect(decode.lanes).toEqual({ fast: 1, reference: 0 });
  });
});

describe('the fast lane leaves', () => {
  test.each<[string, string]>([
    ['CDATA', '<customer><a><![CDATA[1]]></a></customer>'],
    ['comments', '<customer><!-- 1 --></customer>'],
    ['instructions', '<customer><?x?></customer>'],
    ['text beside elements', '<customer>1<a/></customer>'],
    ['namespaces declared in the record', '<customer xmlns:p="urn:p"><p:a/></customer>'],
    ['attributes of one local name', '<customer n:a="1" a="2"/>'],
    ['deep nesting', `${'<customer>'.repeat(40)}${'</customer>'.repeat(40)}`],
    ['lists whose first value is empty', '<customer><a/><a>1</a></customer>'],
  ])('%s', (_, text) => {
    const decode = decoder();
    expect(decode({ offset: 0, bytes: Buffer.from(text) }).ok).toBe(true);
    expect(decode.lanes).toEqual({ fast: 0, reference: 1 });
  });

  test('everything in XML 1.1, which has other line ends', () => {
    const decode = decoder('absent', { version: '1.1', open: [['customers']] });
    const raw = { offset: 0, bytes: Buffer.from('<customer><a>1\u0085\u20282</a></customer>') };
    expect(shown(decode(raw))).toBe('{"ok":true,"record":{"a":"1\\n\\n2"}}');
    expect(decode.lanes.fast).toBe(0);
  });

  test('names beyond those it can remember', () => {
    const decode = decoder();
    const recordOf = (from: number): Buffer =>
      Buffer.from(`<customer>${Array.from({ length: 2_000 }, (_none, n) => `<a${from + n}/>`).join('')}</customer>`);
    for (let from = 0; from < 20_000; from += 2_000) decode({ offset: 0, bytes: recordOf(from) });
    expect(decode.lanes.reference).toBeGreaterThan(0);
    expect(decode({ offset: 0, bytes: Buffer.from('<customer><a1/></customer>') }).ok).toBe(true);
  });
});
