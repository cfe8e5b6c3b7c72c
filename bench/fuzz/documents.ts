// Well-formed documents of each format, in many dialects, at many paths, in many encodings.

import iconv from 'iconv-lite';
import { compileStream } from '../../src/config/compile.ts';
import { syncSchema } from '../../src/config/schema-sync.ts';
import type { Format, StreamDefinition } from '../../src/domain/definition.ts';
import type { Random } from './random.ts';

export interface Document {
  readonly stream: StreamDefinition;
  readonly bytes: Buffer;
}

/** What the document of a stream says about it, as in a sync's file. */
export type From = Readonly<Record<string, unknown>> & { readonly format: Format };

/** With the settings that a sync has which says nothing more. */
export function streamOf(from: From): StreamDefinition {
  return compileStream(
    syncSchema.shape.from.parse({ connection: 'fuzz', stream: 'fuzz', key: 'id', last_line: 'accept', ...from }),
  );
}

export function documentOf(format: Format, random: Random): Document {
  const encoding = random.below(3) === 0 ? random.pick(ENCODINGS) : 'utf-8';
  const { from, text } = TEXTS[format](random, valuesIn(encoding));
  const mark = encoding === 'utf-8' && random.below(8) === 0 ? '\uFEFF' : '';
  return { stream: streamOf({ ...from, format, encoding }), bytes: iconv.encode(mark + text, encoding) };
}

interface Text {
  readonly from: Readonly<Record<string, unknown>>;
  readonly text: string;
}

type Values = readonly [string, ...string[]];

const ENCODINGS = ['utf-16le', 'utf-16be', 'gb18030', 'big5', 'shift_jis', 'euc-kr', 'windows-1252'] as const;
const VALUES: Values = ['Ann', '12345678901234567890', '-0.50', 'a b', '', 'x'.repeat(300)];
// In the double-byte ones, characters whose second byte is `\`, `|`, `]`, `{` or a digit.
const SPECIAL: Readonly<Record<string, readonly string[]>> = {
  'utf-8': ['客户名称有限公司', 'Zoë 🦊', '\u2028'],
  'utf-16le': ['客户', '🦊', '\u0a0d\u0d0a\u2c22\u220a'],
  'utf-16be': ['客户', '🦊', '\u0a0d\u0d0a\u2c22\u220a'],
  gb18030: ['客户', '玕', '坾', 'é', '🦊'],
  big5: ['許功蓋', '育'],
  shift_jis: ['ソニー', '表示', 'ﾊﾝｶｸ'],
  'euc-kr': ['한국어'],
  'windows-1252': ['Zoë', '€ 1'],
};

function valuesIn(encoding: string): Values {
  return [...VALUES, ...(SPECIAL[encoding] ?? [])];
}

interface Dialect {
  readonly delimiter?: string;
  readonly quote?: string;
  readonly escape?: string;
  readonly comment?: string;
  readonly skip_lines?: number;
}

const DIALECTS: readonly [Dialect, ...Dialect[]] = [
  {},
  { delimiter: ';' },
  { delimiter: '\t', quote: "'" },
  { delimiter: '||' },
  { quote: '' },
  { escape: '\\' },
  { comment: '#', skip_lines: 2 },
];

const TEXTS: Readonly<Record<Format, (random: Random, values: Values) => Text>> = {
  csv: (random, values) => {
    const csv = random.pick(DIALECTS);
    const { delimiter = ',', quote = '"', comment, skip_lines: skipped = 0 } = csv;
    const end = random.pick(['\n', '\r\n', '\r']);
    const cell = (): string => {
      const value = random.pick(values);
      if (quote === '' || random.below(3) > 0) return value;
      return quote + value + random.pick(['', (csv.escape ?? quote) + quote, delimiter, '\r\n', '\n']) + quote;
    };
    const line = (): string => {
      if (comment !== undefined && random.below(4) === 0) return `${comment} ${quote}${random.pick(values)}`;
      return [`id${random.below(99)}`, cell(), cell()].join(delimiter);
    };
    const before = Array.from({ length: skipped }, () => `as of ${quote}${random.below(9)}`);
    const header = ['id', 'name', 'note'].join(delimiter);
    return { from: { csv }, text: [...before, header, ...repeat(random, line), ''].join(end) };
  },
  ndjson: (random, values) => {
    const lines = [objectOf(random, values), ...repeat(random, () => objectOf(random, values)), ''];
    return { from: {}, text: lines.join(random.pick(['\n', '\r\n', '\n\n'])) };
  },
  json: (random, values) => {
    const list = (): string => {
      return `[${repeat(random, () => objectOf(random, values)).join(random.pick([',', ' ,\n ']))}]`;
    };
    const pages = (): string => `[${repeat(random, () => `{"n": ["items"], "items": ${list()}}`).join(', ')}]`;
    return random.pick([
      () => ({ from: {}, text: list() }),
      () => ({ from: {}, text: objectOf(random, values) }),
      () => ({ from: { record: 'data.list' }, text: around(list()) }),
      () => ({ from: { record: 'data.list' }, text: around(objectOf(random, values)) }),
      () => ({ from: { record: '[].items' }, text: pages() }),
      () => ({ from: { record: 'data.list[].items' }, text: around(pages()) }),
    ])();
  },
  xml: (random, values) => {
    const records = repeat(random, () => elementOf(random, values)).join(random.pick(['', '\n', ' <!-- > --> ']));
    const open = random.pick(['<export>', '<export xmlns:p="urn:p" at=">">', '<?xml version="1.0"?><export>']);
    const text = `${open}<meta a='"'><customer/></meta><customers>${records}</customers></export>`;
    return { from: { record: 'export/customers/customer' }, text };
  },
};

function around(records: string): string {
  return `{"at": [1, {"data": []}], "data": {"x": "]", "list": ${records}, "y": {}}, "z": 1.5}`;
}

function repeat<T>(random: Random, make: () => T): readonly T[] {
  return Array.from({ length: random.below(8) }, make);
}

function objectOf(random: Random, values: Values): string {
  const nested = random.below(3) === 0 ? `, "in": {"list": [${random.below(9)}, null, {"b": "}"}]}` : '';
  const name = random.pick(['name', 'name', 'name', '名', 'n\\u0061me', 'na\\"me']);
  const value = random.below(4) === 0 ? `"\\u5ba2\\n${random.below(9)}"` : JSON.stringify(random.pick(values));
  return `{"id": "C${random.below(99)}", "${name}": ${value}${nested}}`;
}

function elementOf(random: Random, values: Values): string {
  const value = random.pick(values);
  const inner = random.pick([
    `<name>${value}</name><no>1</no>`,
    `<name a="1" b='"'>${value}</name>`,
    `<note><![CDATA[${value} ]] > <customer>]]></note>`,
    `<p>a &amp; b&#228;</p><customer>${value}</customer>`,
    '',
  ]);
  return random.below(6) === 0 ? `<customer id="${random.below(9)}"/>` : `<customer id="1">${inner}</customer>`;
}
