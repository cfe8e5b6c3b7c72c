import { describe, expect, test } from 'vitest';

import { FUNCTIONS } from '../../../src/transform/functions/registry.ts';
import { field, sync } from '../support.ts';
import { compileTransform } from '../../../src/transform/compile.ts';

describe.each([...FUNCTIONS.values()])('$name', (fn) => {
  test.each(fn.examples)(
    '$input with $args gives $output$error',
    ({ args = null, input, record = {}, output, error }) => {
      const mapping = field({ from: ['input'], apply: [{ fn: fn.name, args }] });
      const made = compileTransform(sync({ map: { f: mapping } }))({ ...record, id: '1', input });
      const violations =
        error === undefined ? [] : [expect.objectContaining({ field: 'f', rule: fn.name, message: error })];
      const fields = output === undefined || output === '' ? {} : { f: output };
      expect({ fields: made.fields, violations: made.violations }).toEqual({ fields, violations });
    },
  );

  test('has a summary of one line, and examples', () => {
    expect(fn.summary).toMatch(/^[A-Z].*\.$/);
    expect(fn.examples.length).toBeGreaterThan(1);
    for (const example of fn.examples)
      expect([example.output, example.error].filter((x) => x !== undefined)).toHaveLength(1);
  });

  test('is not to be had with nonsense for arguments', () => {
    expect(() => fn.parse({ nonsense: true })).toThrow(new RegExp(`^${fn.name}:`));
  });
});

test.each([
  ['trim', {}, 'trim: takes no arguments'],
  ['decimal', { group: ',,' }, 'decimal: group: expected one character'],
  ['decimal', { group: '.', point: '.' }, 'decimal: group and point are the same character'],
  ['decimal', { point: '' }, 'decimal: point: expected one character'],
  ['decimal', { point: '5' }, 'decimal: group and point must not be digits, signs or brackets'],
  ['boolean', { true: ['x'], false: ['X'] }, 'boolean: "x" is both true and false'],
  ['boolean', { true: [] }, 'boolean: true: expected at least one text'],
  ['date', null, 'date: expected a format such as { format: yyyy/M/d }'],
  [
    'date',
    { format: 'YYYY-MM-DD' },
    "date: D in the format `YYYY-MM-DD` is no part of a date; write yyyy MM dd HH mm ss, and letters in quotes such as 'T'",
  ],
  [
    'date',
    { format: 'YYYY-MM-dd' },
    'date: the format `YYYY-MM-dd` does not say year, month and day, such as yyyy-MM-dd',
  ],
  [
    'datetime',
    { format: 'yyyy-MM-dd hh:mm', zone: 'UTC' },
    'datetime: the format `yyyy-MM-dd hh:mm` does not say which half of the day; write HH, or h with a',
  ],
  ['date', { format: 'MM/dd' }, 'date: the format `MM/dd` does not say year, month and day, such as yyyy-MM-dd'],
  [
    'date',
    { format: 'yyyy-mm-dd' },
    'date: the format `yyyy-mm-dd` does not say year, month and day, such as yyyy-MM-dd',
  ],
  ['date', { format: 'yyyy-MM-dd ZZ' }, 'date: the format `yyyy-MM-dd ZZ` has an offset; use datetime'],
  [
    'datetime',
    { format: 'HH:mm', zone: 'UTC' },
    'datetime: the format `HH:mm` does not say year, month and day, such as yyyy-MM-dd',
  ],
  [
    'datetime',
    { format: 'yyyy-MM-dd HH:mm' },
    'datetime: the format `yyyy-MM-dd HH:mm` has no offset; name the zone it is in, such as zone: Asia/Shanghai',
  ],
  [
    'datetime',
    { format: 'yyyy-MM-dd HH:mm z' },
    'datetime: the format `yyyy-MM-dd HH:mm z` reads names of time zones, which is not supported',
  ],
  [
    'datetime',
    { zone: 'Mars/Olympus' },
    'datetime: the zone `Mars/Olympus` is unknown; expected one such as Asia/Shanghai or +08:00',
  ],
  [
    'datetime',
    { zone: 'local' },
    'datetime: the zone `local` is unknown; expected one such as Asia/Shanghai or +08:00',
  ],
  ['phone', { region: 'XX' }, 'phone: the region `XX` is unknown'],
  [
    'phone',
    { region: 'a..b' },
    '`a..b` is no path (at character 3); expected a path such as name, address.city, items[0].name or "name.with.dots"',
  ],
  ['split', '', 'split: the separator is empty'],
  ['join', null, 'join: expected the text between two items, such as ";" or { by: ";" }'],
])('%s refuses the arguments %j', (name, args, message) => {
  expect(() => FUNCTIONS.get(name)?.parse(args)).toThrow(message);
});
