// Writes XML: records as elements at a path, one a line. `@name` is an attribute, `#text` the text beside attributes and
// children, a list the same element again, null an element with xsi:nil.
//
// Refused: names that are not XML names without a prefix, characters that XML 1.0 does not have (most control characters,
// even as references), lists directly in lists, and null or lists where only text can stand.

import type { SourceRecord, SourceValue } from '../../domain/values.ts';
import { isForbiddenName, isRecord } from '../names.ts';
import { checkText, type CreateWriter, laidOut, textWriter, Unwritable } from '../writer.ts';
import { MAX_DEPTH } from './outline.ts';
import { TEXT } from './tree.ts';

const XSI = 'http://www.w3.org/2001/XMLSchema-instance';

// NCName of Namespaces in XML 1.0: no colon.
const START =
  'A-Z_a-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C\u200D\u2070-\u218F\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD\u{10000}-\u{EFFFF}';
const NAME = new RegExp(`^[${START}][${START}.0-9\u00B7\u0300-\u036F\u203F\u2040-]*$`, 'u');
const NO_CHARACTER = /[\u0001-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/;

export const createXmlWriter: CreateWriter = (layout) =>
  laidOut('xml', () => {
    const path = layout.record.split('/');
    const element = path.pop() ?? '';
    if (path.length === 0)
      throw new Unwritable(layout.record, 'is no path of records: expected one such as accounts/account');
    for (const name of [...path, element]) checkName(name, name);
    const open = path.map((name, level) => `<${name}${level === 0 ? ` xmlns:xsi="${XSI}"` : ''}>\n`);
    return textWriter('xml', layout, {
      head: `<?xml version="1.0" encoding="UTF-8"?>\n${open.join('')}`,
      between: '',
      foot: path
        .toReversed()
        .map((name) => `</${name}>\n`)
        .join(''),
      encode: (record) => `${elementOf(element, record, { field: '', depth: 1 })}\n`,
    });
  });

interface Place {
  readonly field: string;
  readonly depth: number;
}

function elementOf(name: string, value: SourceValue, { field, depth }: Place): string {
  if (value === null) return `<${name} xsi:nil="true"/>`;
  if (typeof value !== 'object') return tag(name, '', escapeText(String(value), field));
  if (!isRecord(value)) throw new Unwritable(field, 'is a list in a list');
  if (depth > MAX_DEPTH) throw new Unwritable(field, `is nested deeper than ${MAX_DEPTH} elements`);
  const { attributes, content } = partsOf(value, { field, depth });
  return tag(name, attributes, content);
}

function tag(name: string, attributes: string, content: string): string {
  return content === '' ? `<${name}${attributes}/>` : `<${name}${attributes}>${content}</${name}>`;
}

function partsOf(
  record: SourceRecord,
  { field, depth }: Place,
): { readonly attributes: string; readonly content: string } {
  let attributes = '';
  let content = '';
  for (const [name, value] of Object.entries(record)) {
    const at = field === '' ? name : `${field}.${name}`;
    if (name === TEXT) content += escapeText(textOf(value, at), at);
    else if (name.startsWith('@'))
      attributes += ` ${attributeName(name, at)}="${escapeAttribute(textOf(value, at), at)}"`;
    else content += childrenOf(name, value, { field: at, depth: depth + 1 });
  }
  return { attributes, content };
}

function childrenOf(name: string, value: SourceValue, place: Place): string {
  checkName(name, place.field);
  if (value === null || typeof value !== 'object' || isRecord(value)) return elementOf(name, value, place);
  return value.map((item, index) => elementOf(name, item, { ...place, field: `${place.field}[${index}]` })).join('');
}

function textOf(value: SourceValue, field: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  throw new Unwritable(field, 'has to be text in XML');
}

function attributeName(name: string, field: string): string {
  const bare = name.slice(1);
  if (bare === 'xmlns') throw new Unwritable(field, 'would declare a namespace');
  checkName(bare, field);
  return bare;
}

function checkName(name: string, field: string): void {
  if (!NAME.test(name)) throw new Unwritable(field, 'is no XML name');
  if (isForbiddenName(name)) throw new Unwritable(field, 'is a name that readers refuse');
}

const TEXT_ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#13;' };

/** A carriage return is written as a reference, since parsers make a line feed of it otherwise. */
function escapeText(text: string, field: string): string {
  checkCharacters(text, field);
  return text.replace(/[&<>\r]/g, (character) => TEXT_ESCAPES[character] ?? character);
}

function escapeAttribute(text: string, field: string): string {
  checkCharacters(text, field);
  return text.replace(/[&<"\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Whether XML 1.0 has all of a text's characters. */
export function fitsXml(text: string): boolean {
  return !NO_CHARACTER.test(text);
}

function checkCharacters(text: string, field: string): void {
  checkText(text, field);
  if (!fitsXml(text)) throw new Unwritable(field, 'has a character that XML 1.0 cannot hold');
}
