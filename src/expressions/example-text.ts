// Examples in the reference pages: values as they would be written in YAML's short form.

const MAX_SHOWN = 60;
// Characters that nobody sees, that only look like a space, or that join the one before.
const UNSEEN = /[\p{C}\p{M}\p{Z}]/gu;

/** One row of a table in Markdown. */
export function exampleRow(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** A value as code. */
export function exampleCode(value: unknown): string {
  const text = inline(value);
  const fence = text.includes('`') ? '``' : '`';
  return `${fence}${text.length > MAX_SHOWN * 3 ? `${text.slice(0, MAX_SHOWN)} …` : text}${fence}`;
}

function inline(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const entries = Object.entries(value).map(([key, part]) => `${key}: ${inline(part)}`);
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}

/** Quoted only where YAML would read something else, or a reader would overlook a part. */
function quoted(text: string): string {
  const plain = /^[\p{L}\p{Sc}](?:[\p{L}\p{N}\p{Sc} .@/_-]*[^ ])?$/u.test(text);
  if (plain && !/^(?:true|false|null|yes|no)$/i.test(text) && !text.includes(': ')) return text;
  return JSON.stringify(text).replace(UNSEEN, unseen);
}

function unseen(char: string): string {
  return char === ' ' ? char : `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
}
