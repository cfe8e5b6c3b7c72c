import { describe, expect, test } from 'vitest';
import { type Disposition, type ErrorCode, ERRORS, isErrorCode, SyncError } from '../../src/domain/errors.ts';
import { errorsReference } from '../../src/domain/errors-reference.ts';

// Where it is stale: `npx vitest run --project unit test/domain/errors.test.ts -u`
test('the committed reference page is that of the catalogue', async () => {
  await expect(errorsReference()).toMatchFileSnapshot('../../docs/reference/errors.md');
});

test('the reference page has a row for every code, under a heading in words', () => {
  const page = errorsReference();
  for (const code of Object.keys(ERRORS)) expect(page.split(`| \`${code}\` |`)).toHaveLength(2);
  expect(page.match(/^## [a-z].*$/gm)).toBeNull();
});

const entries = Object.entries(ERRORS);

const byDisposition = (disposition: Disposition): readonly string[] =>
  entries.filter(([, entry]) => entry.disposition === disposition).map(([code]) => code);

describe('the catalogue', () => {
  test.each(entries)('%s has a dotted name, a title and a hint in sentences', (code, { title, hint }) => {
    expect(code).toMatch(/^[a-z]+\.[a-z_]+$/);
    expect(title).toMatch(/^[A-Z].*[^.]$/);
    expect(hint).toMatch(/^[A-Z].*\.$/);
  });

  test('codes and what follows from them are permanent: a change here changes what callers do', () => {
    expect({
      retry: byDisposition('retry'),
      pause: byDisposition('pause'),
      fail: byDisposition('fail'),
      bug: byDisposition('bug'),
      notice: byDisposition('notice'),
    }).toEqual({
      retry: [
        'source.unreachable',
        'source.writing',
        'source.throttled',
        'destination.unreachable',
        'destination.throttled',
        'destination.full',
        'store.unreachable',
        'store.full',
        'request.too_many',
        'notify.failed',
      ],
      pause: [
        'functions.unloadable',
        'source.not_found',
        'source.unreadable',
        'source.unauthorized',
        'source.query',
        'source.empty',
        'source.header',
        'source.truncated',
        'source.malformed',
        'source.doctype',
        'source.limit',
        'source.encoding',
        'source.archive',
        'source.incomplete',
        'source.changed',
        'destination.unauthorized',
        'destination.schema',
        'destination.edited',
        'run.stalled',
      ],
      fail: ['destination.reference', 'store.fenced', 'run.lost', 'run.busy', 'run.delivered'],
      bug: ['run.unbalanced', 'internal.bug'],
      notice: [
        'config.changed',
        'source.each',
        'source.where',
        'run.reset',
        'run.unexpected',
        'record.warning',
        'record.duplicate',
      ],
    });
  });

  test('an unreachable server is tried again; what only a person can mend waits for one', () => {
    for (const [code, { disposition, hint }] of entries) {
      if (code.endsWith('.unreachable')) expect(disposition).toBe('retry');
      if (/\bresume\b/.test(hint) && !code.startsWith('run.')) expect(disposition).toBe('pause');
    }
  });
});

describe('SyncError', () => {
  test('carries code, message, details and cause; the catalogue adds what to do', () => {
    const cause = new Error('ECONNREFUSED');
    const error = new SyncError('store.unreachable', { message: 'lost', details: { port: 1 }, cause });
    expect(error).toMatchObject({
      name: 'SyncError',
      code: 'store.unreachable',
      message: 'lost',
      details: { port: 1 },
      cause,
    });
    expect(error.disposition).toBe('retry');
    expect(error.hint).toBe(ERRORS['store.unreachable'].hint);
    expect('cause' in new SyncError('internal.bug', { message: 'x' })).toBe(false);
  });

  test.each<readonly [string | null | undefined, boolean]>([
    ['gate.hash' satisfies ErrorCode, true],
    ['gate.hush', false],
    ['toString', false],
    ['__proto__', false],
    ['', false],
    [null, false],
    [undefined, false],
  ])('%s is a code: %s', (text, is) => {
    expect(isErrorCode(text)).toBe(is);
  });
});
