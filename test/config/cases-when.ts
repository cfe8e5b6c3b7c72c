// Mistakes in `when`.

import type { Case } from './cases.ts';

const withWhen = (when: string): readonly [string, string] => ['to: account', `when: ${when}\nto: account`];

export const WHEN: readonly Case[] = [
  {
    title: 'an interval that is too small',
    sync: withWhen('{ every: 500ms }'),
    expected: ['syncs/customers.yaml:3:16  expected at least 5s; found `500ms`'],
  },
  {
    title: 'an interval that is none',
    sync: withWhen('{ every: often }'),
    expected: ['syncs/customers.yaml:3:16  expected a duration such as 30m, 72h or 7d; found `often`'],
  },
  {
    title: 'an hour that no day has',
    sync: withWhen('{ cron: "0 25 * * *" }'),
    expected: ['syncs/customers.yaml:3:15  expected hours from 0 to 23, such as 0, 0-2 or */2; found `25`'],
  },
  {
    title: 'a cron expression with a field too few, in a list',
    sync: withWhen('{ cron: ["0 6 * * 1-5", "0 6 * *"] }'),
    expected: [
      'syncs/customers.yaml:3:31  expected five fields (minute hour day-of-month month day-of-week) or one of @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually; found 4 fields',
    ],
  },
  {
    title: 'a day of the month and a day of the week at once',
    sync: withWhen('{ cron: "0 6 1 * mon" }'),
    expected: [
      'syncs/customers.yaml:3:15  expected a day of the month or a day of the week, since crons differ in what both together mean; `calendars` say it (both must match), two expressions say either',
    ],
  },
  {
    title: 'a day of the week that does not exist',
    sync: withWhen('{ calendars: [{ hour: 6, day_of_week: mon-fry }] }'),
    expected: [
      'syncs/customers.yaml:3:45  expected days of the week from 0 to 7 or sun-sat, such as 0, 0-2 or */2; found `mon-fry`',
    ],
  },
  {
    title: 'a time zone that does not exist',
    sync: withWhen('{ cron: "@daily", time_zone: Asia/Shangai }'),
    expected: [
      'syncs/customers.yaml:3:36  expected a time zone such as Asia/Shanghai, Europe/Berlin or UTC; found `Asia/Shangai`',
    ],
  },
  {
    title: 'an offset without an interval',
    sync: withWhen('{ cron: "@daily", offset: 3m }'),
    expected: ['syncs/customers.yaml:3:33  `offset` needs `every`'],
  },
  {
    title: 'a key that was misspelt',
    sync: withWhen('{ evry: 5m }'),
    expected: ['syncs/customers.yaml:3:9  unknown key `evry` [every]'],
  },
];
