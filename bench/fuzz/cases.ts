// Documents for fuzzing: a well-formed one of each format, then bytes changed, moved, doubled and cut.

import iconv from 'iconv-lite';
import type { Format, StreamDefinition } from '../../src/domain/definition.ts';
import { documentOf } from './documents.ts';
import { Random } from './random.ts';

export interface FuzzCase {
  readonly stream: StreamDefinition;
  readonly bytes: Buffer;
  /** What it was before it was changed, all of which must be read; the same bytes where nothing was. */
  readonly original: Buffer;
  /** Sizes of the chunks in which it is read once more, again and again. */
  readonly sizes: readonly [number, ...number[]];
  readonly everyBytes: number;
}

export const FORMATS: readonly [Format, ...Format[]] = ['csv', 'ndjson', 'json', 'xml'];

const TOKENS: Readonly<Record<Format, readonly [string, ...string[]]>> = {
  csv: ['"', '""', ',', ';', '|', '\t', '\\', '\n', '\r\n', '\r', '\0', '"\n"', ',,', '\uFEFF', '#', "'"],
  ndjson: ['{', '}', '"', '\\', '\n', '\\u0000', '\\ud800', '[', '1e999', '{"a":1,"a":2}', '"__proto__":1,', '\0'],
  json: [
    '{"items":[',
    '{',
    '}',
    '[',
    ']',
    '"',
    '\\"',
    ',',
    ':',
    '\\ud800',
    'null',
    '1E400',
    '"__proto__":1,',
    '[[[[',
    '\0',
    '/*',
  ],
  xml: [
    '<',
    '>',
    '</',
    '/>',
    '<!--',
    '-->',
    '<![CDATA[',
    ']]>',
    '<?p ',
    '?>',
    '&',
    '&#0;',
    '&#x1F98A;',
    '&lt;',
    '"',
  ].concat(["'", '<!DOCTYPE x>', '<customer>', '</customer>', 'xmlns:p="u"', '<p:a>', 'xsi:nil="true"', '\0', '=']) as [
    string,
    ...string[],
  ], // not empty
};
const MOST_CHANGES = 6;

/** The case of a seed: the same bytes and settings on every machine. */
export function caseOf(format: Format, seed: number): FuzzCase {
  const random = new Random(seed);
  const { stream, bytes: original } = documentOf(format, random);
  const changes = random.below(MOST_CHANGES + 1);
  let bytes: Buffer = original;
  for (let change = 0; change < changes; change++) bytes = changed(bytes, stream, random);
  const sizes: [number, ...number[]] = [1 + random.below(40), 1 + random.below(7), 1 + random.below(300)];
  return { stream, bytes, original, sizes, everyBytes: 1 + random.below(200) };
}

function changed(bytes: Buffer, { format, encoding }: StreamDefinition, random: Random): Buffer {
  const from = random.below(bytes.length + 1);
  const to = Math.min(bytes.length, from + 1 + random.below(30));
  const [before, piece, after] = [bytes.subarray(0, from), bytes.subarray(from, to), bytes.subarray(to)];
  const other = random.below(bytes.length + 1);
  switch (random.below(7)) {
    case 0:
      return Buffer.concat([before, Buffer.of(random.below(256)), bytes.subarray(from + 1)]);
    case 1:
      return Buffer.concat([before, after]);
    case 2:
      return Buffer.concat([before, piece, piece, after]);
    case 3:
      return Buffer.concat([before, iconv.encode(random.pick(TOKENS[format]), encoding), bytes.subarray(from)]);
    case 4:
      return Buffer.from(before);
    case 5:
      return Buffer.concat([bytes.subarray(0, other), piece, bytes.subarray(other)]);
    default:
      return Buffer.concat([before, Buffer.of(random.below(32)), bytes.subarray(from)]);
  }
}
