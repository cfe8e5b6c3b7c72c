import { Client } from 'pg';
import { describe, expect, test } from 'vitest';
import {
  type Client as PoolClient,
  createPool,
  inTransaction,
  type Pool,
  quoteIdentifier,
} from '../../src/postgres/client.ts';

test.each([
  ['account', '"account"'],
  ['Kunde', '"Kunde"'],
  ['a"; drop table x; --', '"a""; drop table x; --"'],
])('%s is quoted as %s, as pg itself does', (name, quoted) => {
  expect(quoteIdentifier(name)).toBe(quoted);
  expect(quoteIdentifier(name)).toBe(new Client().escapeIdentifier(name));
});

test('a pool limits how long it waits, and speaks UTC and ISO in the schema that was asked for', async () => {
  const pool = createPool('postgres://localhost/none', { max: 3, schema: 'my schema' });
  expect(pool.options).toMatchObject({
    max: 3,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 300_000,
    idle_in_transaction_session_timeout: 120_000,
    options: expect.stringMatching(
      /^-c timezone=UTC -c datestyle=ISO -c extra_float_digits=1 .*-c tcp_keepalives_idle=10 .* -c search_path=my\\ schema$/,
    ),
  });
  await pool.end();
});

/** Notes what it is asked; fails at the statements named. */
function fakePool(fails: Readonly<Record<string, Error>>): { readonly pool: Pool; readonly said: unknown[] } {
  const said: unknown[] = [];
  const client = {
    query: async (sql: string) => {
      said.push(sql);
      if (fails[sql] !== undefined) throw fails[sql];
      return { rows: [] };
    },
    release: (broken?: Error) => said.push(broken === undefined ? 'release' : ['drop', broken.message]),
  };
  return { pool: { connect: async () => client as unknown as PoolClient } as unknown as Pool, said };
}

describe('a transaction', () => {
  test('is committed with the answer of its work', async () => {
    const { pool, said } = fakePool({});
    expect(await inTransaction(pool, async (client) => (await client.query('work')).rows)).toEqual([]);
    expect(said).toEqual(['begin', 'work', 'commit', 'release']);
  });

  test('is rolled back when its work fails, and the error is its own', async () => {
    const failure = new Error('no');
    const { pool, said } = fakePool({ work: failure });
    await expect(inTransaction(pool, (client) => client.query('work'))).rejects.toBe(failure);
    expect(said).toEqual(['begin', 'work', 'rollback', 'release']);
  });

  test('that cannot even be rolled back takes its connection with it', async () => {
    const failure = new Error('no');
    const { pool, said } = fakePool({ work: failure, rollback: new Error('gone') });
    await expect(inTransaction(pool, (client) => client.query('work'))).rejects.toBe(failure);
    expect(said).toEqual(['begin', 'work', 'rollback', ['drop', 'gone']]);
  });

  test('whose commit fails is an error', async () => {
    const failure = new Error('deferred');
    const { pool, said } = fakePool({ commit: failure });
    await expect(inTransaction(pool, async () => 1)).rejects.toBe(failure);
    expect(said).toEqual(['begin', 'commit', 'rollback', 'release']);
  });
});
