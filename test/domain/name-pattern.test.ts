import { describe, expect, test } from 'vitest';
import { compileName, dateOrder, namePatternProblem } from '../../src/domain/name-pattern.ts';

describe('a pattern matches', () => {
  test.each<[string, string, boolean]>([
    ['a.csv', 'a.csv', true],
    ['a.csv', 'A.csv', false],
    ['a.csv', 'a.csv.bak', false],
    ['*.csv', 'customers.csv', true],
    ['*.csv', '.csv', false],
    ['.*', '.csv', true],
    ['*', 'a.b', true],
    ['*', '.hidden', false],
    ['c-*-?.xml', 'c-2024-06-1.xml', true],
    ['c-*-?.xml', 'c-2024-06-12.xml', false],
    ['?', '😀', true],
    ['客户*', '客户清单.csv', true],
    ['a+(b)', 'a+(b)', true],
    ['[ab]', 'a', false],
    ['**', 'abc', true],
    ['a*', 'a', true],
    ['a?', 'a', false],
  ])('%s ← %s: %s', (pattern, name, expected) => {
    expect(compileName(pattern).match(name) !== null).toBe(expected);
  });

  test('in time that does not explode', () => {
    expect(compileName(`${'*a'.repeat(60)}b`).match('a'.repeat(255))).toBeNull();
  });
});

describe('the date in a name', () => {
  test.each<[string, string, string | null]>([
    ['c-{date:yyyyMMdd}.csv', 'c-20261122.csv', '20261122000000'],
    ['c-{date:yyyyMMdd}.csv', 'c-20261322.csv', null],
    ['c-{date:yyyyMMdd}.csv', 'c-20260231.csv', null],
    ['c-{date:yyyyMMdd}.csv', 'c-2026-11-22.csv', null],
    ['c-{date:yyyy-MM-dd_HHmmss}*', 'c-2026-11-22_235959-a.csv', '20261122235959'],
    ['c-{date:yyyy-MM-dd_HHmmss}*', 'c-2026-11-22_240000-a.csv', null],
    ['*{date:yyyyMM}.csv', '1202611.csv', '20261100000000'],
    ['*-{date:yyyyMMdd}-{date:HHmm}.xml', 'a-20261122-2026112-1730.xml', null],
    ['*-{date:yyyyMMdd}-{date:HHmm}.xml', 'a-1-20261122-1730.xml', '20261122173000'],
    ['{date:yyyy}/', '2026/', '20260000000000'],
  ])('%s ← %s: %s', (pattern, name, expected) => {
    const parts = compileName(pattern).match(name);
    expect(parts === null ? null : dateOrder(parts)).toBe(expected);
  });
});

describe('what is wrong with a pattern', () => {
  test.each<[string, string | null]>([
    ['*.csv', null],
    ['{date:yyyy}/{date:MM}/*-{date:dd}.csv', null],
    ['{date:yyyyMMdd', 'expected {date:yyyyMMdd} where the pattern has braces'],
    ['{day}', 'expected {date:yyyyMMdd} where the pattern has braces'],
    ['{date:YYYYMMDD}', 'expected yyyy, MM, dd, HH, mm, ss in {date:…}'],
    ['{date:yyyy/MM}', 'expected yyyy, MM, dd, HH, mm, ss in {date:…}'],
    ['{date:yyyy-MM-ddTHH}', null],
    ['{date:MMdd}', 'expected yyyy in {date:…}'],
  ])('%s: %s', (pattern, problem) => {
    expect(namePatternProblem(pattern)).toBe(problem);
  });
});
