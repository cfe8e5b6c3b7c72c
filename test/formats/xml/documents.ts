import * as fc from 'fast-check';
import { SaxesParser } from 'saxes';
import { streamOf } from '../support.ts';

export const STREAM = streamOf({ format: 'xml', record: 'customers/customer' });

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
export const record = fc
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
/** Whole documents with their records, all well-formed. */
export const document = fc
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

interface Piece {
  readonly text: string;
  readonly records: readonly string[];
}

const nothing = (written: string): Piece => ({ text: written, records: [] });
const join = (head: string, pieces: readonly Piece[], tail: string): Piece => ({
  text: head + pieces.map((each) => each.text).join('') + tail,
  records: pieces.flatMap((each) => each.records),
});
const line = fc
  .tuple(fc.constantFrom('c', 'c', 'n:c', 'm:c'), attributes, fc.array(fc.oneof(text, element), { maxLength: 3 }))
  .map(([tag, attrs, children]) =>
    children.length === 0 ? `<${tag}${attrs}/>` : `<${tag}${attrs}>${children.join('')}</${tag} >`,
  );
const stranger = fc
  .constantFrom(
    '\n ',
    '<x/>',
    '<!-- <c/> -->',
    '<x><c/><l><c/></l></x>',
    '<l2><c/></l2>',
    '<?c <c/> ?>',
    'a &#38; b',
    '<cc/>',
  )
  .map(nothing);
const list = fc
  .tuple(
    fc.constantFrom(['l', ''], ['n:l', ''], ['l', ' xmlns:n="urn:other" a=">"'], ['m:l', ' xmlns="urn:d"']),
    fc.array(
      fc.oneof(
        line.map((each) => ({ text: each, records: [each] })),
        stranger,
      ),
      { maxLength: 5 },
    ),
  )
  .map(([[tag, attrs], pieces]) =>
    pieces.length === 0 ? nothing(`<${tag}${attrs}/>`) : join(`<${tag}${attrs}>`, pieces, `</${tag}>`),
  );

/** Several lists of records at `d/l/c`, in and beside other elements, under changing prefixes. */
export const lists = fc
  .array(fc.oneof(list, stranger, fc.constant(nothing('<c/>'))), { minLength: 1, maxLength: 6 })
  .map((pieces) => join('<d xmlns:n="urn:n" xmlns:m="urn:m">', pieces, '</d>'))
  .filter((each) => isWellFormed(each.text));

interface Element {
  readonly name: string;
  readonly attributes: [string, string][];
  readonly children: (string | Element)[];
}

/** An independent reading of the same rules, from saxes' events. */
export function readBySaxes(xml: string): unknown {
  const top: Element = { name: '', attributes: [], children: [] };
  const open = [top];
  const parser = new SaxesParser({ xmlns: true });
  parser.on('opentag', ({ local, attributes: all }) => {
    const own = Object.values(all).filter(({ prefix, name: full }) => prefix !== 'xmlns' && full !== 'xmlns');
    const named = own.map((each): [string, string] => {
      const isShared = each.prefix !== '' && own.some((other) => other !== each && other.local === each.local);
      return [`@${isShared ? each.name : each.local}`, each.value];
    });
    const child: Element = { name: local, attributes: named, children: [] };
    open.at(-1)?.children.push(child);
    open.push(child);
  });
  parser.on('closetag', () => void open.pop());
  parser.on('text', (piece) => void open.at(-1)?.children.push(piece));
  parser.on('cdata', (piece) => void open.at(-1)?.children.push(piece));
  parser.write(`<_ xmlns:n="urn:n">${xml}</_>`).close();
  const [wrapper] = top.children;
  const [root] = typeof wrapper === 'object' ? wrapper.children : [];
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

export function isWellFormed(xml: string): boolean {
  try {
    new SaxesParser({ xmlns: true }).write(xml).close();
    return true;
  } catch {
    return false;
  }
}
