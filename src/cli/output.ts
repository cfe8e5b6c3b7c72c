// How the CLI speaks: results on stdout, everything else on stderr, colours only where somebody looks at them.

import { styleText } from 'node:util';
import { SyncError } from '../domain/errors.ts';
import { formatProblems, type Problem } from '../config/problems.ts';

export const EXIT = { done: 0, failed: 1, usage: 2, environment: 3, gate: 4 } as const;

type Style = Parameters<typeof styleText>[0];

function coloured(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY && process.env['NO_COLOR'] === undefined && process.env['TERM'] !== 'dumb';
}

/** Styles text for stdout. */
export function paint(style: Style, text: string): string {
  return coloured(process.stdout) ? styleText(style, text) : text;
}

/** Styles text for stderr. */
export function paintError(style: Style, text: string): string {
  return coloured(process.stderr) ? styleText(style, text) : text;
}

/** A result: text for people. */
export function print(text = ''): void {
  process.stdout.write(`${printable(text)}\n`);
}

/** A result: one JSON document. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** What goes on, for people: stderr. */
export function say(text: string): void {
  process.stderr.write(`${printable(text)}\n`);
}

/** Data may hold control and bidi characters; a terminal must not obey them. Our own colours are kept. */
function printable(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(
    /\u001B(?!\[\d+(;\d+)*m)|[\u0000-\u0008\u000B-\u001A\u001C-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/g,
    '�',
  );
}

/** Columns padded to their widest cell; numbers to the right. East Asian characters count as two. */
export function table(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = [header, ...rows.map((row) => row.map(String))];
  const widths = header.map((_title, column) => Math.max(...cells.map((row) => width(row[column] ?? ''))));
  const numeric = header.map(
    (_title, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => {
        const space = ' '.repeat((widths[column] ?? 0) - width(cell));
        return numeric[column] === true ? space + cell : cell + space;
      })
      .join('  ')
      .trimEnd();
  const [title = [], ...body] = cells;
  return [paint('bold', line(title)), ...body.map(line)].join('\n');
}

const ANSI = /\u001B\[[\d;]*m/g;

export function width(text: string): number {
  let sum = 0;
  for (const character of text.replace(ANSI, ''))
    sum += /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]/.test(
      character,
    )
      ? 2
      : 1;
  return sum;
}

/** Prints an error with its code and what to do. @returns the exit code */
export function report(error: unknown, json: boolean): number {
  const code = error instanceof SyncError ? error.code : 'internal.bug';
  const message = error instanceof Error ? error.message : String(error);
  if (json)
    process.stderr.write(
      `${JSON.stringify({ error: { code, message, ...(error instanceof SyncError ? { hint: error.hint, details: error.details } : {}) } })}\n`,
    );
  else {
    say(`${paintError('red', 'error')} ${paintError('bold', code)}: ${message}`);
    if (error instanceof SyncError) sayDetails(error);
    else if (error instanceof Error && process.env['TRIBUTARY_DEBUG'] !== undefined) say(error.stack ?? '');
  }
  return exitCodeOf(code);
}

function sayDetails(error: SyncError): void {
  const { problems } = error.details;
  if (Array.isArray(problems)) say(formatProblems(problems.filter(isProblem), { colour: coloured(process.stderr) }));
  say(paintError('dim', error.hint));
}

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'file' in value && 'line' in value;
}

export function exitCodeOf(code: string): number {
  if (code.startsWith('config.')) return EXIT.usage;
  if (/^(runtime|store)\./.test(code) || code.endsWith('.unreachable')) return EXIT.environment;
  const misuse = [
    'run.not_found',
    'run.not_delivered',
    'run.pruned',
    'run.paused',
    'gate.not_waiting',
    'gate.hash',
    'quarantine.not_found',
    'quarantine.changed',
    'quarantine.import',
    'source.backfill',
    'schedule.not_found',
    'explain.not_found',
    'event.not_found',
    'review.not_found',
    'review.decided',
  ];
  return misuse.includes(code) ? EXIT.usage : EXIT.failed;
}

/** Under a list that was cut at its limit, for people. */
export function printIfCut(shown: number, limit: number): void {
  if (shown === limit) print(paint('dim', `the first ${limit}; more with --limit`));
}
