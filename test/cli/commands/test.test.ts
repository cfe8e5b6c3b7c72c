import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addTest } from '../../../src/cli/commands/test.ts';
import { runCommand, type Ran } from '../support.ts';

const EXAMPLE = join(import.meta.dirname, '../../../examples/company');

describe('the tests of the example company', () => {
  test('pass, and every sync has some', async () => {
    const { code, stdout, stderr } = await runCommand(addTest, ['test'], { project: EXAMPLE, json: true });
    const { cases, ...sum } = JSON.parse(stdout);
    expect({ code, stderr, sum }).toEqual({ code: 0, stderr: '', sum: { passed: cases.length, failed: 0 } });
    expect(new Set(cases.map(({ sync }: { sync: string }) => sync))).toEqual(
      new Set(['erp-contacts', 'erp-customers', 'erp-orders', 'hr-employees', 'oa-contacts']),
    );
  });

  test('of one sync and name are chosen by options', async () => {
    const { code, stdout } = await runCommand(addTest, ['test', '--sync', 'erp-orders', '--name', 'NO DAYS'], {
      project: EXAMPLE,
    });
    expect({ code, stdout }).toEqual({ code: 0, stdout: '✓ tests/erp-orders.sync-test.yaml: 1 case\n\n1 passed\n' });
  });
});

describe('a project whose tests fail', () => {
  let dir: string;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'tributary-test-'));
    for (const name of ['tributary.yaml', 'syncs']) await cp(join(EXAMPLE, name), join(dir, name), { recursive: true });
    await writeFile(
      join(dir, 'syncs/erp-orders.sync-test.yaml'),
      `sync: erp-orders
cases:
  - case: a wrong amount and an invented remark
    records:
      - { order_no: SO-1, customer_no: C-1, order_date: 2026-02-28, amount: '1', currency: EUR, status: O }
    expect:
      - key: SO-2
        fields:
          { order_no: SO-1, account: C-1, ordered_on: 2026-02-28, amount: 2, currency: EUR, status: open, remark: x }
  - case: another rule than the one that failed, one record too many
    records:
      - { order_no: SO-2, customer_no: C-1, order_date: 2026-02-30, amount: '1', currency: EUR, status: O }
    expect:
      - { violations: [{ field: ordered_on, rule: required }] }
      - { fields: {} }
  - case: accepted, not rejected
    records:
      - { order_no: SO-3, customer_no: C-1, order_date: 2026-02-30, amount: '1', currency: EUR, status: O }
    expect:
      - { fields: {} }
  - case: nothing expected yet
    records:
      - { order_no: SO-4, customer_no: C-1, order_date: 2026-02-28, amount: '1', currency: EUR, status: '?' }
  - case: another error
    text: ''
    error: source.truncated
`,
    );
  });

  afterAll(() => rm(dir, { recursive: true }));

  const run = (...args: readonly string[]): Promise<Ran> => runCommand(addTest, ['test', ...args], { project: dir });

  test('shows each difference with the line of its case and its record', async () => {
    const { code, stdout } = await run();
    expect(code).toBe(1);
    expect(stdout).toBe(`✗ syncs/erp-orders.sync-test.yaml: 5 of 5 cases failed

✗ erp-orders › a wrong amount and an invented remark  syncs/erp-orders.sync-test.yaml:3
  record 1  syncs/erp-orders.sync-test.yaml:7
    key
      - "SO-2"
      + "SO-1"
    amount
      - "2"
      + "1"
    remark
      - "x"

✗ erp-orders › another rule than the one that failed, one record too many  syncs/erp-orders.sync-test.yaml:10
  records
    - 2
    + 1
  record 1  syncs/erp-orders.sync-test.yaml:14
    violations
      - ordered_on: required
      + ordered_on: date (is not a day of the form "yyyy-MM-dd" or "yyyy/M/d")
  record 2  syncs/erp-orders.sync-test.yaml:15
    outcome
      - accepted

✗ erp-orders › accepted, not rejected  syncs/erp-orders.sync-test.yaml:16
  record 1  syncs/erp-orders.sync-test.yaml:20
    outcome
      - accepted
      + rejected: ordered_on: date (is not a day of the form "yyyy-MM-dd" or "yyyy/M/d")

✗ erp-orders › nothing expected yet  syncs/erp-orders.sync-test.yaml:21
  has no \`expect\` yet
  what came out, to be checked and copied:
    expect:
      - key: SO-4
        violations:
          - rule: codes
            field: status

✗ erp-orders › another error  syncs/erp-orders.sync-test.yaml:24
  error
    - source.truncated
    + source.empty: there is no header row

5 failed, 0 passed
`);
  });

  test('gives what came out for copying, and copied it passes', async () => {
    const { stdout } = await run('--actual', '--name', 'wrong amount');
    const ready = stdout.split('copied:\n')[1]?.split('\n\n')[0] ?? '';
    const text = await readFile(join(dir, 'syncs/erp-orders.sync-test.yaml'), 'utf8');
    const copied = text.split('    expect:\n')[0] + `${ready}\n`;
    await writeFile(join(dir, 'copied.sync-test.yaml'), copied);
    expect(await run(join(dir, 'copied.sync-test.yaml'))).toEqual({
      code: 0,
      stdout: '✓ copied.sync-test.yaml: 1 case\n\n1 passed\n',
      stderr: '',
    });
    await rm(join(dir, 'copied.sync-test.yaml'));
  });

  test('reads files as they are, packed too', async () => {
    const orders = await readFile(join(EXAMPLE, 'exports/erp/orders-2026-11.csv'), 'utf8');
    await writeFile(join(dir, 'orders.csv.gz'), gzipSync(orders.split('\n').slice(0, 2).join('\n')));
    await writeFile(
      join(dir, 'packed.sync-test.yaml'),
      'sync: erp-orders\ncases: [{ case: one, file: orders.csv.gz, expect: [{ key: SO-30001, partial: true, fields: {} }] }]\n',
    );
    expect(await run(join(dir, 'packed.sync-test.yaml'))).toMatchObject({ code: 0, stderr: '' });
    await rm(join(dir, 'packed.sync-test.yaml'));
  });

  test.each([
    ['a file that is not there', ['nothing.sync-test.yaml'], 'there is no file nothing.sync-test.yaml'],
    ['a name that no case has', ['--name', 'nobody'], 'none of the 5 cases is meant by these options'],
  ])('says so of %s', async (_what, args, message) => {
    const { code, stderr } = await run(...args);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
  });
});
