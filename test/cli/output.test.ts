import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type ErrorCode, ERRORS, SyncError } from '../../src/domain/errors.ts';
import { exitCodeOf, print, printJson, report, say, table, width } from '../../src/cli/output.ts';

let stdout: string;
let stderr: string;

beforeEach(() => {
  [stdout, stderr] = ['', ''];
  vi.stubEnv('NO_COLOR', '1');
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += String(text);
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

describe('width', () => {
  test.each([
    ['abc', 3],
    ['客户', 4],
    ['ＡＢ', 4],
    ['한글', 4],
    ['é', 1],
    ['', 0],
    ['\u001B[31mred\u001B[39m', 3],
  ])('%j is %d columns wide', (text, columns) => {
    expect(width(text)).toBe(columns);
  });
});

describe('table', () => {
  test('aligns numbers to the right and text to the left, counting wide characters as two', () => {
    const rows = [
      ['上海', 7, 'x'],
      ['Oslo', 1234, '—'],
    ];
    expect(table(['city', 'n', 'note'], rows)).toBe('city     n  note\n上海     7  x\nOslo  1234  —');
  });

  test('a column with any text in it is aligned as text', () => {
    expect(
      table(
        ['a', 'b'],
        [
          [1, 'x'],
          ['-', 'y'],
        ],
      ),
    ).toBe('a  b\n1  x\n-  y');
  });

  test('without rows only the header stands', () => {
    expect(table(['sync', 'outcome'], [])).toBe('sync  outcome');
  });

  test('every line of a column begins at the same place', () => {
    const lines = table(
      ['k', '名字', 'end'],
      [
        ['1', '王', 'E'],
        ['22', 'Wangari', 'E'],
        ['333', '王小明王小明', 'E'],
      ],
    ).split('\n');
    expect(new Set(lines.slice(1).map((line) => width(line.slice(0, line.indexOf('E')))))).toEqual(new Set([19]));
  });
});

describe('what is printed', () => {
  test.each([
    ['a bell and a backspace', 'a\u0007b\u0008c', 'a�b�c'],
    ['moving the cursor', '\u001B[2Jx\u001B[1A', '�[2Jx�[1A'],
    ['the title of the window', '\u001B]0;gone\u0007', '�]0;gone�'],
    ['a carriage return, which would overwrite the line', 'safe\rEVIL', 'safe�EVIL'],
    ['the second control set', '\u009B31m', '�31m'],
    ['turning the direction of writing', 'txt\u202Egnp.exe\u2066', 'txt�gnp.exe�'],
    ['colours, tabs and lines stay', '\u001B[1;31mred\u001B[0m\ta\nb', '\u001B[1;31mred\u001B[0m\ta\nb'],
    ['Chinese, emoji and accents stay', '客户 😀 é', '客户 😀 é'],
  ])('no control characters: %s', (_title, text, shown) => {
    print(text);
    say(text);
    expect([stdout, stderr]).toEqual([`${shown}\n`, `${shown}\n`]);
  });

  test('JSON is one document on stdout, control characters escaped', () => {
    printJson({ name: 'a\u001B[2J' });
    expect(stdout).toBe('{\n  "name": "a\\u001b[2J"\n}\n');
    expect(stderr).toBe('');
  });
});

/** The documented exit codes: 1 failed, 2 configuration or usage, 3 environment. */
const EXIT_CODES: Readonly<Record<ErrorCode, 1 | 2 | 3>> = {
  'config.invalid': 2,
  'config.not_found': 2,
  'config.unknown_sync': 2,
  'config.unknown_object': 2,
  'config.secret_missing': 2,
  'config.usage': 2,
  'config.changed': 2,
  'functions.unloadable': 1,
  'source.not_found': 1,
  'source.unreadable': 1,
  'schedule.not_found': 2,
  'source.unreachable': 3,
  'source.unauthorized': 1,
  'source.query': 1,
  'source.backfill': 2,
  'source.empty': 1,
  'source.header': 1,
  'source.truncated': 1,
  'source.malformed': 1,
  'source.doctype': 1,
  'source.limit': 1,
  'source.encoding': 1,
  'source.writing': 1,
  'source.changed': 1,
  'destination.unreachable': 3,
  'destination.unauthorized': 1,
  'destination.schema': 1,
  'destination.reference': 1,
  'store.unreachable': 3,
  'store.foreign': 3,
  'store.newer': 3,
  'store.fenced': 3,
  'run.not_found': 2,
  'run.not_delivered': 2,
  'run.lost': 1,
  'run.pruned': 2,
  'run.busy': 1,
  'run.delivered': 1,
  'run.reset': 1,
  'run.stalled': 1,
  'source.throttled': 1,
  'destination.throttled': 1,
  'destination.full': 1,
  'store.full': 3,
  'run.paused': 2,
  'run.unbalanced': 1,
  'gate.not_waiting': 2,
  'gate.hash': 2,
  'quarantine.not_found': 2,
  'quarantine.changed': 2,
  'review.not_found': 2,
  'review.decided': 2,
  'quarantine.import': 2,
  'inbox.too_large': 1,
  'event.not_found': 2,
  'event.refused': 1,
  'request.unauthorized': 1,
  'request.malformed': 1,
  'request.not_found': 1,
  'request.method': 1,
  'request.media_type': 1,
  'request.too_large': 1,
  'request.too_slow': 1,
  'request.too_many': 1,
  'notify.failed': 1,
  'format.unwritable': 1,
  'destination.edited': 1,
  'source.each': 1,
  'source.where': 1,
  'source.archive': 1,
  'source.incomplete': 1,
  'run.unexpected': 1,
  'explain.not_found': 2,
  'record.warning': 1,
  'record.duplicate': 1,
  'runtime.locked': 3,
  'runtime.port': 3,
  'runtime.temporal_missing': 3,
  'runtime.temporal_unreachable': 3,
  'runtime.postgres': 3,
  'internal.bug': 1,
};

describe('report', () => {
  test.each(Object.entries(EXIT_CODES))('%s exits with %d', (code, exit) => {
    // The keys of a record of ErrorCode.
    expect(report(new SyncError(code as ErrorCode, { message: 'what happened' }), false)).toBe(exit);
    expect(exitCodeOf(code)).toBe(exit);
  });

  test('the table above has every code', () => {
    expect(Object.keys(EXIT_CODES).toSorted()).toEqual(Object.keys(ERRORS).toSorted());
  });

  test('an expected error: code, what happened, what to do, on stderr alone', () => {
    report(new SyncError('run.not_found', { message: 'there is no run x' }), false);
    expect(stderr).toBe('error run.not_found: there is no run x\nSee `tributary status`.\n');
    expect(stdout).toBe('');
  });

  test('an unexpected error is a bug: exit 1, no stack unless asked for', () => {
    const error = new TypeError('x is not a function');
    expect(report(error, false)).toBe(1);
    expect(stderr).toBe('error internal.bug: x is not a function\n');
    vi.stubEnv('TRIBUTARY_DEBUG', '1');
    report(error, false);
    expect(stderr).toContain('output.test.ts');
    expect(report('text', false)).toBe(1);
  });

  test('as JSON: one line with everything a machine needs', () => {
    report(new SyncError('store.newer', { message: 'a\nb', details: { migration: '9' } }), true);
    expect(stderr.endsWith('\n')).toBe(true);
    expect(stderr.trimEnd()).not.toContain('\n');
    expect(JSON.parse(stderr)).toEqual({
      error: { code: 'store.newer', message: 'a\nb', hint: ERRORS['store.newer'].hint, details: { migration: '9' } },
    });
    stderr = '';
    report(new Error('oops'), true);
    expect(JSON.parse(stderr)).toEqual({ error: { code: 'internal.bug', message: 'oops' } });
  });

  test('a message that quotes data cannot steer the terminal', () => {
    report(new SyncError('source.header', { message: 'unexpected column "\u001B[2J"' }), false);
    expect(stderr).toContain('unexpected column "�[2J"');
  });

  test('every problem of a configuration is shown with its place', () => {
    const problems = [{ file: 'syncs/a.yaml', line: 3, column: 5, message: 'unknown key', excerpt: '' }];
    report(new SyncError('config.invalid', { message: '1 problem', details: { problems } }), false);
    expect(stderr).toContain('syncs/a.yaml:3:5');
  });
});
