// The last line of a file that says how many records it has.

import { SyncError } from '../../domain/errors.ts';
import { strictDecoder } from '../../formats/encodings.ts';

export interface Trailer {
  /** Where its line begins in the bytes that were given. */
  readonly start: number;
  readonly count: number;
}

const LF = 0x0a;
const CR = 0x0d;
const MAX_LINE_BYTES = 1_000;

/** Throws `source.truncated` when the last line that is not blank is not the trailer. */
export function trailerOf(tail: Uint8Array, encoding: string, template: string): Trailer {
  const { start, line } = encoding.startsWith('utf-16') ? lastLineOfUtf16(tail, encoding) : lastLine(tail, encoding);
  const count = line === null ? null : countIn(line, template);
  if (count !== null) return { start, count };
  throw new SyncError('source.truncated', {
    message: `the last line is not the trailer "${template}": the file is cut, or still being written`,
  });
}

interface Line {
  readonly start: number;
  /** Null when it is too long, or not valid in its encoding. */
  readonly line: string | null;
}

function lastLine(tail: Uint8Array, encoding: string): Line {
  let end = tail.length;
  while (end > 0 && isBlank(tail[end - 1])) end--;
  let start = end;
  while (start > 0 && tail[start - 1] !== LF && tail[start - 1] !== CR) start--;
  return { start, line: end - start > MAX_LINE_BYTES ? null : strictDecoder(encoding)(tail.subarray(start, end)) };
}

function lastLineOfUtf16(tail: Uint8Array, encoding: string): Line {
  const text = new TextDecoder(encoding).decode(tail.subarray(tail.length % 2));
  const end = text.trimEnd().length;
  const start = Math.max(text.lastIndexOf('\n', end - 1), text.lastIndexOf('\r', end - 1)) + 1;
  const line = end - start > MAX_LINE_BYTES ? null : text.slice(start, end);
  return { start: tail.length - 2 * (text.length - start), line };
}

/** The number that stands at `{count}` when a text matches a template, in which `*` is anything; else null. */
export function countIn(text: string, template: string): number | null {
  const [before = '', after = ''] = template.split('{count}');
  for (const { 0: digits, index } of text.matchAll(/\d+/g)) {
    if (digits.length > 15) continue;
    if (fits(text.slice(0, index), before) && fits(text.slice(index + digits.length), after)) return Number(digits);
  }
  return null;
}

/** Whether a text is a template's literal pieces with anything at each `*`. Linear in the text. */
function fits(text: string, template: string): boolean {
  const pieces = template.split('*');
  const [first = '', last = ''] = [pieces[0], pieces.at(-1)];
  if (pieces.length === 1) return text === first;
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  const inner = text.slice(first.length, text.length - last.length);
  let at = 0;
  for (const piece of pieces.slice(1, -1)) {
    const found = inner.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return true;
}

function isBlank(byte: number | undefined): boolean {
  return byte === LF || byte === CR || byte === 0x20 || byte === 0x09;
}
