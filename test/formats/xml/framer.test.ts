import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { START } from '../../../src/formats/format.ts';
import { describeFormatContract } from '../../contract/format-contract.ts';
import { codeOf, decodeAll, frame, streamOf } from '../support.ts';
import { cases } from '../cases.ts';
import { document, isWellFormed, lists, record, STREAM } from './documents.ts';

describeFormatContract('XML', () => document.map((each) => ({ stream: STREAM, bytes: Buffer.from(each.text) })));

const LISTS = streamOf({ format: 'xml', record: 'd/l/c' });
// The contract's documents have records, so that the path occurs.
describeFormatContract('XML with several lists', () =>
  lists.filter((each) => each.records.length > 0).map((each) => ({ stream: LISTS, bytes: Buffer.from(each.text) })),
);

test('the records are the elements at the path in every list, and not those beside it', () => {
  fc.assert(
    fc.property(
      lists.filter((each) => each.records.length > 0),
      fc.integer({ min: 1, max: 50 }),
      ({ text: whole, records }, size) => {
        const framed = frame(LISTS, Buffer.from(whole), { sizes: [size] });
        expect(framed.records.map(({ bytes }) => bytes.toString())).toEqual(records);
        expect(framed.completeness).toBe('proven');
      },
    ),
    { numRuns: cases(300) },
  );
});

test('the records are the elements at the path, whole', () => {
  fc.assert(
    fc.property(document, ({ text: whole, records }) => {
      const framed = frame(STREAM, Buffer.from(whole), { sizes: [4] });
      expect(framed.records.map(({ bytes }) => bytes.toString())).toEqual(records);
    }),
  );
});

describe('a document that ends early is truncated', () => {
  const CUSTOMERS = `<?xml version="1.0" encoding="UTF-8"?>\n<!-- 客户 -->\n<e:customers xmlns:e="urn:e" a=">">
  text &amp; <![CDATA[<]]> <?x y?><e:customer id="1"><name>张三 &#20013;</name><!-- </e:customer> --></e:customer>
  <e:other><e:customer/></e:other><e:customer a='"/>'><customers>x</customers><![CDATA[</e:customer>]]></e:customer>
</e:customers>`;

  test.each<[string, string]>([
    ['with everything', CUSTOMERS],
    ['with a byte order mark', `\uFEFF${CUSTOMERS}`],
    ['with nothing', '<customers/>'],
    ['with empty records', '<customers ><customer /><customer></customer ></customers >'],
  ])('at every byte: %s', (_, text) => {
    const bytes = Buffer.from(text);
    expect(codeOf(() => frame(STREAM, bytes))).toBe('no error');
    for (let length = 0; length < bytes.length; length++) {
      const cut = bytes.subarray(0, length);
      expect(
        codeOf(() => frame(STREAM, cut, { sizes: [7] })),
        cut.toString(),
      ).toBe(codeOfCut(cut));
    }
  });

  test('at every byte of generated documents', () => {
    fc.assert(
      fc.property(document, ({ text: whole }) => {
        const bytes = Buffer.from(whole.slice(0, whole.lastIndexOf('</customers>') + '</customers>'.length));
        for (let length = 0; length < bytes.length; length++) {
          const cut = bytes.subarray(0, length);
          expect(
            codeOf(() => frame(STREAM, cut)),
            cut.toString(),
          ).toBe(codeOfCut(cut));
        }
        expect(codeOf(() => frame(STREAM, bytes))).toBe('no error');
      }),
      { numRuns: 20 },
    );
  });

  test('at 1,000 random bytes of a long one', () => {
    const records = fc.sample(record, { numRuns: 5_000, seed: 4 });
    const bytes = Buffer.from(`<customers xmlns:n="urn:n">${records.join('\n')}</customers>`);
    const { records: whole } = frame(STREAM, bytes);
    expect(whole).toHaveLength(5_000);
    for (const at of fc.sample(fc.integer({ min: 1, max: bytes.length - 1 }), { numRuns: 1_000, seed: 4 })) {
      // As a reader that goes on after the last record before the cut.
      const from = whole.findLast(({ after }) => after.offset <= at)?.after ?? START;
      expect(
        codeOf(() => frame(STREAM, bytes.subarray(0, at), { from })),
        `cut at ${at}`,
      ).toBe('source.truncated');
    }
  });
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
    { numRuns: cases(500) },
  );
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

/** Before the first markup there is nothing that could have been cut. */
function codeOfCut(bytes: Buffer): string {
  return bytes.toString().trim() === '' ? 'source.empty' : 'source.truncated';
}
