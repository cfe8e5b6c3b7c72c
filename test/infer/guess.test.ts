import { describe, expect, test } from 'vitest';
import { guessCsv } from '../../src/infer/guess-csv.ts';
import { guessJsonRecords, looksLikeNdjson } from '../../src/infer/guess-json.ts';
import { guessXmlRecords } from '../../src/infer/guess-xml.ts';

describe('the dialect of CSV', () => {
  test.each([
    ['commas', 'id,name\n1,a\n', { delimiter: ',', skipLines: 0 }],
    ['semicolons, with commas in numbers', 'id;sum\n1;1,5\n2;2,5\n', { delimiter: ';', skipLines: 0 }],
    ['tabs', 'id\tname\n1\ta, b\n2\tc\n', { delimiter: '\t', skipLines: 0 }],
    ['bars', 'id|name|x\n1|a|\n', { delimiter: '|', skipLines: 0 }],
    ['delimiters and line breaks in quotes', 'id,name\n1,"a;b;c\n;"\n2,";"\n', { delimiter: ',', skipLines: 0 }],
    ['lines before the header', 'Customers\n\nid;name;x\n1;a;b\n2;a;b\n', { delimiter: ';', skipLines: 2 }],
    ['a single column', 'id\n1\n2\n', { delimiter: ',', skipLines: 0 }],
    ['nothing', '', { delimiter: ',', skipLines: 0 }],
  ])('%s', (_what, text, guess) => {
    expect(guessCsv(text)).toMatchObject(guess);
  });
});

describe('the records of JSON', () => {
  test.each([
    ['the document itself', '[{"a":1},{"a":2}]', { path: '', count: 2 }],
    [
      'a list inside',
      '{"meta":{"x":[1]},"data":{"rows":[{"a":[{"b":1},{"b":2},{"b":3}]},{"a":[]}]}}',
      { path: 'data.rows', count: 2 },
    ],
    ['the larger of two lists', '{"x":[{"a":1}],"y":[{"a":1},{"a":2}]}', { path: 'y', count: 2 }],
    ['text that looks like markup', '{"x":"[{\\"a\\":1}]","y":[{"a":"}]"}]}', { path: 'y', count: 1 }],
    ['a document that is cut', '{"y":[{"a":1},{"a":"b', { path: 'y', count: 2 }],
    ['a list of texts only', '{"y":["a"]}', null],
  ])('%s', (_what, text, guess) => {
    expect(guessJsonRecords(text)).toEqual(guess);
  });

  test.each([
    ['{"a":1}\n{"a":2}\n', false, true],
    ['{"a":1}', true, true],
    ['{"a":1}', false, false],
    ['{\n"a":1}', true, false],
    ['[{"a":1}]', true, false],
  ])('%j is one object a line: by its name %j, in truth %j', (text, named, is) => {
    expect(looksLikeNdjson(text, named)).toBe(is);
  });
});

describe('the records of XML', () => {
  const lines = '<line><no>1</no></line><line><no>2</no></line>';
  test.each([
    ['the repeated element', '<a><b><id>1</id></b><b><id>2</id></b></a>', { path: 'a/b', count: 2 }],
    ['the outer one of two', `<a><b><id>1</id>${lines}</b><b><id>2</id>${lines}</b></a>`, { path: 'a/b', count: 2 }],
    ['what wrappers hold', `<a><g>${lines}</g><g>${lines}</g></a>`, { path: 'a/g/line', count: 4 }],
    ['attributes, self-closed, with > inside', '<a><b id="1>"/><b id=\'2\'/></a>', { path: 'a/b', count: 2 }],
    [
      'without prefixes',
      '<x:a xmlns:x="u"><x:b><x:id>1</x:id></x:b><x:b><x:id>2</x:id></x:b></x:a>',
      { path: 'a/b', count: 2 },
    ],
    [
      'not in comments, CDATA or instructions',
      '<?x <c/>?><a><!-- <c><d/></c> --><b><id><![CDATA[<c><d/>]]></id></b><b><id/></b></a>',
      { path: 'a/b', count: 2 },
    ],
    ['a single record', '<a><b><id>1</id></b></a>', { path: 'a/b', count: 1 }],
    ['a document that is cut', '<a><b><id>1</id></b><b><id>2</id></b><b><i', { path: 'a/b', count: 3 }],
    ['values only', '<a><b>1</b><b>2</b></a>', null],
  ])('%s', (_what, text, guess) => {
    expect(guessXmlRecords(text)).toEqual(guess);
  });
});
