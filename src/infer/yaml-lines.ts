// Lines of YAML with a reason behind each.

import { stringify } from 'yaml';

const WIDTH = 120;
const MAX_COMMENT = 300;

/** A value on one line: `{ from: phone, apply: [trim] }`. */
export function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{ ${Object.entries(value)
      .map(([key, part]) => `${inline(key)}: ${inline(part)}`)
      .join(', ')} }`;
  }
  if (typeof value === 'string' && UNPRINTABLE.test(value)) return escaped(value);
  // As part of a flow collection, so that commas and brackets are quoted.
  const list = stringify([value], { collectionStyle: 'flow', lineWidth: 0, singleQuote: true }).trim();
  return list.slice(1, -1).trim();
}

const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cn}\p{Co}]/u;

/** In double quotes YAML reads what JSON writes. */
function escaped(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[^\x20-\x7E]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** `key: value # comment`; a comment that is too long for the line stands above it. */
export function entry(indent: number, text: string, comment = ''): string {
  const space = ' '.repeat(indent);
  const says = oneLine(comment);
  if (says === '') return `${space}${text}`;
  if (indent + text.length + 3 + says.length <= WIDTH) return `${space}${text} # ${says}`;
  return `${remark(indent, says)}\n${space}${text}`;
}

/** Comment lines, broken where they get too long. `hang`: how far the text is moved in behind the mark. */
export function remark(indent: number, comment: string, hang = 0): string {
  const space = `${' '.repeat(indent)}# ${' '.repeat(hang)}`;
  const lines: string[] = [];
  for (const word of oneLine(comment).split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && space.length + last.length + 1 + word.length <= WIDTH)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.map((line) => `${space}${line}`).join('\n');
}

/** Data may hold line breaks and controls; in a comment they would end it. */
function oneLine(text: string): string {
  const plain = text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029\s]+/gu, ' ').trim();
  return plain.length > MAX_COMMENT ? `${plain.slice(0, MAX_COMMENT)}…` : plain;
}
