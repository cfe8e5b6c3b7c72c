// Documents for fuzzing: a well-formed one of each format, then bytes changed, moved, doubled and cut.

import { compileStream } from '../../src/config/compile.ts';
import { syncSchema } from '../../src/config/schema-sync.ts';
import type { Format, StreamDefinition } from '../../src/domain/definition.ts';
import { Random } from './random.ts';

export interface FuzzCase {
  readonly seed: number;
  readonly stream: StreamDefinition;
  readonly bytes: Buffer;
  /** Nothing was changed: all of it must be read. */
  readonly intact: boolean;
  /** Sizes of the chunks in which it is read once more, again and again. */
  readonly sizes: readonly [number, ...number[]];
  readonly everyBytes: number;
}

export const FORMATS: readonly [Format, ...Format[]] = ['csv', 'ndjson', 'json', 'xml'];

const VALUES: readonly [string, ...string[]] = [
  'Ann',
  '客户名称有限公司',
  'Zoë 🦊',
  '12345678901234567890',
  '-0.50',
  'a b',
  '',
  'x'.repeat(300),
];
const TOKENS: Readonly<Record<Format, readonly [string, ...string[]]>> = {
  csv: ['"', '""', ',', '\n', '\r\n', '\r', '\0', '"\n"', ',,', '\uFEFF', '#', "'"],
  ndjson: ['{', '}', '"', '\\', '\n', '\\u0000', '\\ud800', '[', '1e999', '{"a":1,"a":2}', '"__proto__":1,', '\0'],
  json: ['{', '}', '[', ']', '"', '\\"', ',', ':', '\\ud800', 'null', '1E400', '"__proto__":1,', '[[[[', '\0', '/*'],
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
  const { stream, text } = DOCUMENTS[format](random);
  const changes = random.below(MOST_CHANGES + 1);
  let bytes: Buffer = Buffer.from(text);
  for (let change = 0; change < changes; change++) bytes = changed(bytes, format, random);
  const sizes: [number, ...number[]] = [1 + random.below(40), 1 + random.below(7), 1 + random.below(300)];
  return { seed, stream, bytes, intact: changes === 0, sizes, everyBytes: 1 + random.below(200) };
}

function changed(bytes: Buffer, format: Format, random: Random): Buffer {
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
      return Buffer.concat([before, Buffer.from(random.pick(TOKENS[format])), bytes.subarray(from)]);
    case 4:
      return Buffer.from(before);
    case 5:
      return Buffer.concat([bytes.subarray(0, other), piece, bytes.subarray(other)]);
    default:
      return Buffer.concat([before, Buffer.of(random.below(32)), bytes.subarray(from)]);
  }
}

interface Document {
  readonly stream: StreamDefinition;
  readonly text: string;
}

const DOCUMENTS: Readonly<Record<Format, (random: Random) => Document>> = {
  csv: (random) => {
    const cell = (): string => {
      const value = random.pick(VALUES);
      return random.below(3) === 0 ? `"${value}${random.pick(['', '""', ',', '\r\n', '\n'])}"` : value;
    };
    const end = random.pick(['\n', '\r\n', '\r']);
    const lines = repeat(random, () => [`id${random.below(99)}`, cell(), cell()].join(','));
    return { stream: streamOf({ format: 'csv' }), text: ['id,name,note', ...lines, ''].join(end) };
  },
  ndjson: (random) => {
    const lines = [objectOf(random), ...repeat(random, () => objectOf(random)), ''];
    return { stream: streamOf({ format: 'ndjson' }), text: lines.join(random.pick(['\n', '\r\n', '\n\n'])) };
  },
  json: (random) => {
    const list = `[${repeat(random, () => objectOf(random)).join(random.pick([',', ' ,\n ']))}]`;
    if (random.below(2) === 0) return { stream: streamOf({ format: 'json' }), text: list };
    const text = `{"at": [1, {"data": []}], "data": {"x": "]", "list": ${list}, "y": {}}, "z": 1.5}`;
    return { stream: streamOf({ format: 'json', record: 'data.list' }), text };
  },
  xml: (random) => {
    const records = repeat(random, () => elementOf(random)).join(random.pick(['', '\n', ' <!-- > --> ']));
    const open = random.pick(['<export>', '<export xmlns:p="urn:p" at=">">', '<?xml version="1.0"?><export>']);
    const text = `${open}<meta a='"'><customer/></meta><customers>${records}</customers></export>`;
    return { stream: streamOf({ format: 'xml', record: 'export/customers/customer' }), text };
  },
};

function repeat<T>(random: Random, make: () => T): readonly T[] {
  return Array.from({ length: random.below(8) }, make);
}

function objectOf(random: Random): string {
  const nested = random.below(3) === 0 ? `, "in": {"list": [${random.below(9)}, null, {"b": "}"}]}` : '';
  return `{"id": "C${random.below(99)}", "name": ${JSON.stringify(random.pick(VALUES))}${nested}}`;
}

function elementOf(random: Random): string {
  const value = random.pick(VALUES);
  const inner = random.pick([
    `<name>${value}</name><no>1</no>`,
    `<name a="1" b='"'>${value}</name>`,
    `<note><![CDATA[${value} ]] > <customer>]]></note>`,
    `<p>a &amp; b&#228;</p><customer>${value}</customer>`,
    '',
  ]);
  return random.below(6) === 0 ? `<customer id="${random.below(9)}"/>` : `<customer id="1">${inner}</customer>`;
}

/** With the settings that a sync has which says nothing more, but for a last line that may lack its end. */
function streamOf(from: { readonly format: Format; readonly record?: string }): StreamDefinition {
  const parsed = syncSchema.shape.from.parse({ connection: 'fuzz', stream: 'fuzz', key: 'id', ...from });
  return { ...compileStream(parsed), encoding: 'utf-8', lastLine: 'accept' };
}
