import { DatabaseError } from 'pg';
import { describe, expect, test } from 'vitest';
import { codeOf, type PostgresTrouble, troubleOf } from '../../src/postgres/errors.ts';

function withCode(code: string): Error {
  return Object.assign(new Error('said by the server'), { code });
}

describe('what a failure of a PostgreSQL client means', () => {
  test.each<readonly [string, PostgresTrouble, string]>([
    ['ECONNREFUSED', 'unreachable', 'nobody listens'],
    ['ENOTFOUND', 'unreachable', 'no such host'],
    ['08006', 'unreachable', 'connection failure'],
    ['57P01', 'unreachable', 'the server shuts down'],
    ['57P03', 'unreachable', 'the server is starting'],
    ['28P01', 'unauthorized', 'wrong password'],
    ['42501', 'unauthorized', 'no permission'],
    ['42P01', 'schema', 'no such table'],
    ['42703', 'schema', 'no such column'],
    ['42804', 'schema', 'the column has another type'],
    ['3D000', 'schema', 'no such database'],
    ['428C9', 'schema', 'the column is generated'],
    ['22001', 'data', 'too long'],
    ['22P02', 'data', 'not of the type'],
    ['22021', 'data', 'not UTF-8'],
    ['23502', 'data', 'not null'],
    ['23503', 'data', 'foreign key'],
    ['23505', 'data', 'unique'],
    ['23514', 'data', 'check'],
    ['40001', 'passing', 'serialisation'],
    ['40P01', 'passing', 'deadlock'],
    ['53300', 'throttled', 'too many connections'],
    ['53100', 'full', 'no space left'],
    ['ENOSPC', 'full', 'no space left for a file'],
    ['55P03', 'passing', 'a lock is not free'],
    ['57014', 'passing', 'the statement took too long'],
    ['42601', 'other', 'our SQL is wrong'],
    ['XX000', 'other', 'internal'],
  ])('%s is %s: %s', (code, trouble) => {
    expect(troubleOf(withCode(code))).toBe(trouble);
  });

  test.each([
    'Connection terminated unexpectedly',
    'timeout exceeded when trying to connect',
    'Client has encountered a connection error and is not queryable',
  ])('pg says “%s” without a code: unreachable', (message) => {
    expect(troubleOf(new Error(message))).toBe('unreachable');
  });

  test('the message decides nothing where there is a code', () => {
    expect(troubleOf(Object.assign(new Error('timeout'), { code: '23505' }))).toBe('data');
  });

  test.each([['text'], [null], [undefined], [{ code: '23505' }]])('%j is no error of a client', (thrown) => {
    expect(troubleOf(thrown)).toBe('other');
  });
});

describe('the code', () => {
  test('is that of the server’s error', () => {
    const error = new DatabaseError('duplicate key', 10, 'error');
    error.code = '23505';
    expect([codeOf(error), troubleOf(error)]).toEqual(['23505', 'data']);
  });

  test('of attempts at several addresses is the first one’s', () => {
    const both = new AggregateError([withCode('ECONNREFUSED'), withCode('EHOSTUNREACH')]);
    expect([codeOf(both), troubleOf(both)]).toEqual(['ECONNREFUSED', 'unreachable']);
    expect(codeOf(new AggregateError([]))).toBeUndefined();
    expect(codeOf(new AggregateError(['text']))).toBeUndefined();
  });

  test('is text, or there is none', () => {
    expect(codeOf(Object.assign(new Error('x'), { code: 7 }))).toBeUndefined();
    expect(codeOf(new Error('x'))).toBeUndefined();
  });
});
