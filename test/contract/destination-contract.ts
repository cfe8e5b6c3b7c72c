import { describe, expect, test } from 'vitest';
import type { Delivered, DeliveryMarker, Destination, PlannedWrite } from '../../src/destinations/destination.ts';
import type { EntryOutcome } from '../../src/domain/claims.ts';
import type { ObjectDefinition } from '../../src/domain/definition.ts';
import type { Fields, Value } from '../../src/domain/values.ts';

/**
 * A destination with an empty CRM of its own, which the sample makes. The objects must be:
 *
 * - `account`: `external_id` (text, strong), `name` (text, required by the CRM, at most 40 characters), `email` (email,
 *   unique in the CRM), `phone` (phone), `status` (text; the CRM gives `new` where nothing is said), `credit_limit`
 *   (decimal, never negative in the CRM), `since` (date), `seen_at` (datetime), `local_at` (datetime), `vip` (boolean),
 *   `tags` (text, a list), `notes` (text)
 * - `contact`: `name` (text), `account` (reference to account), which the CRM enforces
 */
export interface DestinationSample {
  readonly destination: Destination;
  readonly account: ObjectDefinition;
  readonly contact: ObjectDefinition;
  /** A second connection to the same CRM. */
  readonly another: () => Promise<Destination>;
  /** Everything that is in the CRM, tables and rows, as one text: to see traces by. */
  readonly image: () => Promise<string>;
  /** What the CRM has of a field of an account, as its own users would write it there. */
  readonly edit: (crmId: string, field: string, value: string | null) => Promise<void>;
}

let round = 0;

function markerOf(change: Partial<DeliveryMarker> = {}): DeliveryMarker {
  return { project: 'test', run: 'run-1', round: round++, batch: 0, hash: 'h', ...change };
}

/** What a step makes of a delivery, kept as simple as can be. */
function settle(delivered: readonly Delivered[]): readonly EntryOutcome[] {
  return delivered
    .map(({ ordinal, result, crmId, reason, defaults }): EntryOutcome => ({
      ordinal,
      outcome: result === 'applied' ? 'applied' : result === 'changed' ? 'waiting' : 'parked',
      action: result === 'applied' ? 'update' : 'none',
      crmId,
      ...(reason === undefined ? {} : { reason }),
      ...(defaults === undefined ? {} : { defaults }),
    }))
    .toSorted((a, b) => a.ordinal - b.ordinal);
}

function create(ordinal: number, set: Fields): PlannedWrite {
  return { ordinal, action: 'create', crmId: null, set, expect: {} };
}

function update(ordinal: number, crmId: string, set: Fields, expected: Fields = {}): PlannedWrite {
  return { ordinal, action: 'update', crmId, set, expect: expected };
}

function remove(ordinal: number, crmId: string, expected: Fields = {}): PlannedWrite {
  return { ordinal, action: 'delete', crmId, set: {}, expect: expected };
}

const results = (outcomes: readonly EntryOutcome[]): readonly string[] => outcomes.map((one) => one.outcome);

const deliver = (
  { destination, account }: Pick<DestinationSample, 'destination' | 'account'>,
  writes: readonly PlannedWrite[],
  marker = markerOf(),
): Promise<readonly EntryOutcome[]> => destination.deliver(account, { marker, writes }, settle);

async function readOne({ destination, account }: DestinationSample, crmId: string): Promise<Fields | undefined> {
  return (await destination.read(account, [crmId])).get(crmId);
}

/** Creates accounts and gives their ids. */
async function given(sample: DestinationSample, all: readonly Fields[]): Promise<readonly string[]> {
  const outcomes = await deliver(
    sample,
    all.map((set, ordinal) => create(ordinal, set)),
  );
  expect(results(outcomes)).toEqual(all.map(() => 'applied'));
  return outcomes.map((one) => one.crmId ?? '');
}

const fails = (): never => {
  throw new Error('the store is gone');
};

/** Every kind of destination has to keep this. The factory makes a fresh sample for each test. */
export function describeDestinationContract(name: string, factory: () => Promise<DestinationSample>): void {
  describe(`${name} keeps the contract of a destination`, () => {
    describe('check', () => {
      test('leaves no trace, and describes the destination', async () => {
        const { destination, account, contact, image } = await factory();
        const before = await image();
        expect(await destination.check([account, contact])).toMatch(/\w/);
        expect(await image()).toBe(before);
      });

      test('neither does looking around', async () => {
        const { destination, account, image } = await factory();
        const before = await image();
        expect(await destination.find(account, 'email', ['a@x'])).toEqual([]);
        expect(await destination.read(account, ['1'])).toEqual(new Map());
        expect(await destination.ids(account, { after: null, limit: 10 })).toEqual([]);
        expect(await destination.referenced(account, ['1'])).toEqual(new Set());
        expect(await image()).toBe(before);
      });

      test('ids come in one order, each once, a page at a time', async () => {
        const sample = await factory();
        const { destination, account } = sample;
        const names = Array.from({ length: 12 }, (_one, index) => `N${index}`);
        const made = await given(
          sample,
          names.map((one) => ({ external_id: `C-${one}`, name: one })),
        );
        const pages: (readonly string[])[] = [];
        do {
          const after = pages.at(-1)?.at(-1) ?? null;
          pages.push(await destination.ids(account, { after, limit: 5 }));
        } while (pages.at(-1)?.length !== 0);
        expect(pages.map((page) => page.length)).toEqual([5, 5, 2, 0]);
        expect(pages.flat().toSorted()).toEqual(made.toSorted());
      });

      test('names what is missing, as destination.schema', async () => {
        const { destination, account } = await factory();
        await expect(destination.check([{ ...account, table: 'nowhere' }])).rejects.toMatchObject({
          code: 'destination.schema',
          message: expect.stringContaining('nowhere'),
        });
        const notes = account.fields['notes'];
        if (notes === undefined) throw new Error('the sample has no notes');
        const fields = { ...account.fields, notes: { ...notes, column: 'no_such_column' } };
        await expect(destination.check([{ ...account, fields }])).rejects.toMatchObject({
          code: 'destination.schema',
          message: expect.stringContaining('no_such_column'),
        });
      });
    });

    describe('values come back as they were written', () => {
      test.each<readonly [title: string, field: string, value: Value]>([
        ['text', 'notes', 'plain'],
        ['Chinese, emoji, accents', 'notes', '上海市浦东新区 😀 é ß'],
        ['backslashes, tabs, line ends', 'notes', 'a\\b\\n\tc\nd\r\ne\\.\n\\.'],
        ['quotes of all kinds', 'notes', `'; drop table account; -- "x" $$ %s {}`],
        ['empty text is not null', 'notes', ''],
        ['spaces stay', 'notes', '  a  '],
        ['the words null and \\N are text', 'notes', '\\N'],
        ['null', 'notes', null],
        ['a decimal', 'credit_limit', '1234.5'],
        ['zero', 'credit_limit', '0'],
        ['every digit of a decimal', 'credit_limit', '12345678901234567890.12345'],
        ['a date', 'since', '2024-02-29'],
        ['a date long ago', 'since', '0001-01-01'],
        ['a date-time', 'seen_at', '2024-01-01T08:00:00.123Z'],
        ['a date-time in a column without a zone', 'local_at', '2024-07-01T23:59:59.000Z'],
        ['true', 'vip', true],
        ['false', 'vip', false],
        ['a list', 'tags', ['b', 'a']],
        ['an empty list', 'tags', []],
        [
          'a list with everything hard',
          'tags',
          ['', 'a,b', '"q"', 'back\\slash', 'NULL', '{}', '上海', ' ', 'line\nend\ttab'],
        ],
      ])('%s', async (_title, field, value) => {
        const sample = await factory();
        const [crmId = ''] = await given(sample, [{ external_id: 'C-1', name: 'N', [field]: value }]);
        expect((await readOne(sample, crmId))?.[field]).toEqual(value);
        // An update takes another way than a create.
        const [other = ''] = await given(sample, [{ external_id: 'C-2', name: 'N' }]);
        expect(results(await deliver(sample, [update(0, other, { [field]: value })]))).toEqual(['applied']);
        expect((await readOne(sample, other))?.[field]).toEqual(value);
      });

      test('what was not written is null, or what the CRM itself gave', async () => {
        const sample = await factory();
        const [crmId = ''] = await given(sample, [{ external_id: 'C-1', name: 'N' }]);
        expect(await readOne(sample, crmId)).toEqual({
          external_id: 'C-1',
          name: 'N',
          email: null,
          phone: null,
          status: 'new',
          credit_limit: null,
          since: null,
          seen_at: null,
          local_at: null,
          vip: null,
          tags: null,
          notes: null,
        });
      });
    });

    test('an object that has changed since is read and written as it is now', async () => {
      const sample = await factory();
      const { destination, account } = sample;
      const [crmId = ''] = await given(sample, [{ external_id: 'C-1', name: 'A', notes: 'x' }]);
      const fields = Object.entries(account.fields).filter(([field]) =>
        ['external_id', 'name', 'notes'].includes(field),
      );
      const later = { ...account, fields: Object.fromEntries(fields.toReversed()) };
      expect((await destination.read(later, [crmId])).get(crmId)).toEqual({
        external_id: 'C-1',
        name: 'A',
        notes: 'x',
      });
      const batch = { marker: markerOf(), writes: [update(0, crmId, { notes: 'y' }, { notes: 'x' })] };
      expect(results(await destination.deliver(later, batch, settle))).toEqual(['applied']);
      expect(await readOne(sample, crmId)).toMatchObject({ name: 'A', notes: 'y', status: 'new' });
    });

    describe('publish', () => {
      test('changes nothing of what is found and read, and neither does once more', async () => {
        const sample = await factory();
        const { destination, account } = sample;
        await destination.publish(account);
        const ids = await given(sample, [
          {
            external_id: 'C-1',
            name: '上海',
            notes: 'a\tb\r\nc "d"',
            tags: ['x', 'y'],
            credit_limit: '0.50',
            vip: false,
          },
          { external_id: 'C-2', name: 'B', notes: '', seen_at: '2024-01-01T08:00:00.123Z' },
        ]);
        const before = await destination.read(account, ids);
        await destination.publish(account);
        const published = await sample.image();
        await destination.publish(account);
        expect(await sample.image()).toBe(published);
        expect(await destination.read(account, ids)).toEqual(before);
        expect(await destination.find(account, 'external_id', ['C-1', 'C-2'])).toHaveLength(2);
        expect(results(await deliver(sample, [update(0, ids[0] ?? '', { notes: 'z' })]))).toEqual(['applied']);
        await destination.publish(account);
        expect((await readOne(sample, ids[0] ?? ''))?.['notes']).toBe('z');
      });

      test('may happen while others deliver', async () => {
        const sample = await factory();
        const other = await sample.another();
        const ids = await given(
          sample,
          Array.from({ length: 200 }, (_none, n) => ({ external_id: `C-${n}`, name: 'A' })),
        );
        const work = Array.from({ length: 6 }, async (_none, n) => {
          const writes = ids.map((id, ordinal) => update(ordinal, id, { notes: `by ${n}` }));
          const outcomes = await deliver({ ...sample, destination: n % 2 === 0 ? other : sample.destination }, writes);
          await (n % 2 === 0 ? sample.destination : other).publish(sample.account);
          return outcomes.every((one) => one.outcome === 'applied');
        });
        expect(await Promise.all(work)).toEqual(work.map(() => true));
        await other.close();
      });
    });

    describe('find', () => {
      test('finds by every match key, though the CRM writes it otherwise', async () => {
        const sample = await factory();
        const { destination, account } = sample;
        const [one = '', two = '', three = ''] = await given(sample, [
          { external_id: 'C-1', name: 'A', email: 'Li@Example.com', phone: '+86 (21) 5555-0100' },
          { external_id: 'C-2', name: '  Ｗａｎｇ  ', email: 'wang@example.com' },
          { external_id: 'C-3', name: '王', phone: '86 21 5555 0100' },
        ]);
        const ids = async (field: string, values: readonly string[]): Promise<readonly string[]> =>
          (await destination.find(account, field, values)).map((row) => row.crmId).toSorted();
        expect(await ids('external_id', ['C-1', 'C-3', 'C-9'])).toEqual([one, three].toSorted());
        expect(await ids('email', ['li@example.com'])).toEqual([one]);
        expect(await ids('phone', ['862155550100'])).toEqual([one, three].toSorted());
        expect(await ids('name', ['Wang', '王'])).toEqual([two, three].toSorted());
        expect(await ids('email', [])).toEqual([]);
        expect(await ids('email', [`'; select 1 --`, '\\'])).toEqual([]);
      });

      test('reads two columns of a table as codes, and no more than asked for', async () => {
        const sample = await factory();
        const { destination, account } = sample;
        await given(sample, [
          { external_id: 'C-1', name: 'A', status: 'x' },
          { external_id: 'C-2', name: 'B', status: null },
          { name: 'C', status: 'y' },
        ]);
        const query = { connection: 'crm', table: account.table, from: 'external_id', to: 'status' };
        expect(new Map(await destination.readCodes(query, 9))).toEqual(
          new Map([
            ['C-1', 'x'],
            ['C-2', null],
          ]),
        );
        expect(await destination.readCodes(query, 1)).toHaveLength(1);
        const missing = destination.readCodes({ ...query, table: 'nothing' }, 9);
        await expect(missing).rejects.toMatchObject({ code: 'destination.schema' });
      });
    });

    describe('deliver', () => {
      test('creates give ids, each its own; an updated and a deleted record keep theirs', async () => {
        const sample = await factory();
        const [a = '', b = ''] = await given(sample, [
          { external_id: 'C-1', name: 'A' },
          { external_id: 'C-2', name: 'B' },
        ]);
        expect(new Set([a, b, '']).size).toBe(3);
        const outcomes = await deliver(sample, [
          update(0, a, { name: 'A2' }, { name: 'A' }),
          remove(1, b, { name: 'B' }),
          create(2, { external_id: 'C-3', name: 'C' }),
        ]);
        expect(results(outcomes)).toEqual(['applied', 'applied', 'applied']);
        expect(outcomes.slice(0, 2).map((one) => one.crmId)).toEqual([a, b]);
        expect((await readOne(sample, a))?.['name']).toBe('A2');
        expect(await readOne(sample, b)).toBeUndefined();
        expect((await readOne(sample, outcomes[2]?.crmId ?? ''))?.['name']).toBe('C');
      });

      test('only the named fields are written', async () => {
        const sample = await factory();
        const [crmId = ''] = await given(sample, [{ external_id: 'C-1', name: 'A', notes: 'theirs', status: 'old' }]);
        const before = await readOne(sample, crmId);
        await deliver(sample, [update(0, crmId, { name: 'B' })]);
        expect(await readOne(sample, crmId)).toEqual({ ...before, name: 'B' });
      });

      test('a record that was deleted comes back with the id it had', async () => {
        const sample = await factory();
        const [crmId = ''] = await given(sample, [{ external_id: 'C-1', name: 'A' }]);
        await deliver(sample, [remove(0, crmId)]);
        const again = { ...create(0, { external_id: 'C-1', name: 'A' }), crmId };
        expect(await deliver(sample, [again])).toMatchObject([{ outcome: 'applied', crmId }]);
        expect((await readOne(sample, crmId))?.['name']).toBe('A');
        expect(await deliver(sample, [again])).toMatchObject([{ outcome: 'waiting', crmId }]);
      });

      test('what the CRM itself gave to a new record is reported, and nothing else', async () => {
        const sample = await factory();
        const [known = ''] = await given(sample, [{ external_id: 'C-0', name: 'K', status: 's' }]);
        const outcomes = await deliver(sample, [
          create(0, { external_id: 'C-1', name: 'A' }),
          create(1, { external_id: 'C-2', name: 'B', status: 'mine' }),
          update(2, known, { name: 'K2' }),
        ]);
        expect(outcomes.map((one) => one.defaults ?? {})).toEqual([{ status: 'new' }, {}, {}]);
      });

      test('thousands of records in one delivery', async () => {
        const sample = await factory();
        const all = Array.from({ length: 3000 }, (_none, n) => ({
          external_id: `C-${n}`,
          name: `客户 ${n}`,
          email: `${n}@x.cn`,
        }));
        const ids = await given(sample, all);
        const found = await sample.destination.read(sample.account, ids);
        expect(ids.map((id) => found.get(id)?.['external_id'])).toEqual(all.map((one) => one.external_id));
      });

      test('nothing to write is a delivery too', async () => {
        const sample = await factory();
        expect(await deliver(sample, [])).toEqual([]);
      });
    });

    describe('the marker', () => {
      test('makes a second delivery a no-op that returns the stored outcomes, whatever it would write', async () => {
        const sample = await factory();
        const marker = markerOf();
        const first = await deliver(sample, [create(0, { external_id: 'C-1', name: 'A' })], marker);
        const before = await sample.image();
        expect(await deliver(sample, [create(0, { external_id: 'C-1', name: 'A' })], marker)).toEqual(first);
        expect(await deliver(sample, [create(0, { external_id: 'C-2', name: 'B' })], marker)).toEqual(first);
        expect(await sample.image()).toBe(before);
      });

      test('also through another connection, and stores refusals like successes', async () => {
        const sample = await factory();
        const marker = markerOf();
        const writes = [
          create(0, { external_id: 'C-1', name: 'x'.repeat(41) }),
          create(1, { external_id: 'C-2', name: 'B' }),
        ];
        const first = await deliver(sample, writes, marker);
        const other = await sample.another();
        expect(await deliver({ ...sample, destination: other }, writes, marker)).toEqual(first);
        await other.close();
      });

      test('each project, run, round and batch has its own', async () => {
        const sample = await factory();
        const marker = markerOf();
        const others = [
          marker,
          { ...marker, project: 'p' },
          { ...marker, run: 'r' },
          { ...marker, round: -1 },
          { ...marker, batch: 7 },
        ];
        for (const [n, one] of others.entries()) {
          expect(results(await deliver(sample, [create(0, { external_id: `C-${n}`, name: 'A' })], one))).toEqual([
            'applied',
          ]);
        }
        expect(
          await sample.destination.find(
            sample.account,
            'external_id',
            others.map((_one, n) => `C-${n}`),
          ),
        ).toHaveLength(5);
      });

      test('is not there when the delivery failed', async () => {
        const sample = await factory();
        const marker = markerOf();
        const batch = { marker, writes: [create(0, { external_id: 'C-1', name: 'A' })] };
        await expect(sample.destination.deliver(sample.account, batch, fails)).rejects.toThrow('the store is gone');
        expect(await sample.destination.find(sample.account, 'external_id', ['C-1'])).toEqual([]);
        expect(results(await deliver(sample, batch.writes, marker))).toEqual(['applied']);
      });

      test('delivered twice at the same moment, the batch is written once and both get its outcomes', async () => {
        const sample = await factory();
        const other = await sample.another();
        for (let n = 0; n < 5; n++) {
          const marker = markerOf();
          const writes = [create(0, { external_id: `C-${n}`, name: 'A' })];
          const [one, two] = await Promise.all([
            deliver(sample, writes, marker),
            deliver({ ...sample, destination: other }, writes, marker),
          ]);
          expect(one).toEqual(two);
          expect(results(one)).toEqual(['applied']);
          expect(await sample.destination.find(sample.account, 'external_id', [`C-${n}`])).toHaveLength(1);
        }
        await other.close();
      });
    });

    describe('a changed expectation refuses that record only', () => {
      test('a field is another by now', async () => {
        const sample = await factory();
        const [a = '', b = ''] = await given(sample, [
          { external_id: 'C-1', name: 'A' },
          { external_id: 'C-2', name: 'B' },
        ]);
        await sample.edit(a, 'name', 'edited');
        const outcomes = await deliver(sample, [
          update(0, a, { name: 'A2' }, { name: 'A' }),
          update(1, b, { name: 'B2' }, { name: 'B' }),
        ]);
        expect(results(outcomes)).toEqual(['waiting', 'applied']);
        expect((await readOne(sample, a))?.['name']).toBe('edited');
        expect((await readOne(sample, b))?.['name']).toBe('B2');
      });

      test('a field that nobody expects anything of may have changed', async () => {
        const sample = await factory();
        const [a = ''] = await given(sample, [{ external_id: 'C-1', name: 'A' }]);
        await sample.edit(a, 'notes', 'edited');
        expect(results(await deliver(sample, [update(0, a, { name: 'A2' }, { name: 'A' })]))).toEqual(['applied']);
      });

      test('null and empty text are the same expectation', async () => {
        const sample = await factory();
        const [a = ''] = await given(sample, [{ external_id: 'C-1', name: 'A', notes: null }]);
        await sample.edit(a, 'notes', '');
        expect(results(await deliver(sample, [update(0, a, { notes: 'x' }, { notes: null })]))).toEqual(['applied']);
      });

      test('values are compared as values, not as the CRM writes them', async () => {
        const sample = await factory();
        const [a = ''] = await given(sample, [{ external_id: 'C-1', name: 'A' }]);
        await sample.edit(a, 'credit_limit', '0010.50');
        await sample.edit(a, 'seen_at', '2024-01-01 08:00:00+08');
        const expected = { credit_limit: '10.5', seen_at: '2024-01-01T00:00:00.000Z' };
        expect(results(await deliver(sample, [update(0, a, { name: 'B' }, expected)]))).toEqual(['applied']);
      });

      test('the record is gone', async () => {
        const sample = await factory();
        const [a = '', b = ''] = await given(sample, [
          { external_id: 'C-1', name: 'A' },
          { external_id: 'C-2', name: 'B' },
        ]);
        await deliver(sample, [remove(0, a)]);
        const outcomes = await deliver(sample, [
          update(0, a, { name: 'A2' }),
          remove(1, a),
          update(2, b, { name: 'B2' }),
        ]);
        expect(results(outcomes)).toEqual(['waiting', 'waiting', 'applied']);
      });

      test('a new record’s strong id is taken by now', async () => {
        const sample = await factory();
        await given(sample, [{ external_id: 'C-1', name: 'A' }]);
        const outcomes = await deliver(sample, [
          create(0, { external_id: 'C-1', name: 'again' }),
          create(1, { external_id: 'C-2', name: 'B' }),
        ]);
        expect(results(outcomes)).toEqual(['waiting', 'applied']);
      });
    });

    describe('a record that the CRM does not accept is refused alone, with a reason that holds no data', () => {
      const secret = 'Geheim-4711';
      test.each<readonly [title: string, set: Fields]>([
        ['too long', { name: secret.repeat(5) }],
        ['a required value is missing', { name: null, notes: secret }],
        ['unique elsewhere', { name: 'B', email: 'taken@x.cn', notes: secret }],
        ['a check fails', { name: 'B', credit_limit: '-4711', notes: secret }],
        ['not of the column’s type', { name: 'B', since: secret }],
        ['not representable', { name: `B\u0000${secret}` }],
      ])('%s', async (_title, set) => {
        const sample = await factory();
        const [, crmId = ''] = await given(sample, [
          { external_id: 'C-0', name: 'taken', email: 'taken@x.cn' },
          { external_id: 'C-1', name: 'A' },
        ]);
        const outcomes = await deliver(sample, [
          create(0, { external_id: 'C-2', name: 'before' }),
          create(1, { external_id: 'C-3', ...set }),
          update(2, crmId, set),
          create(3, { external_id: 'C-4', name: 'after' }),
        ]);
        expect(results(outcomes)).toEqual(['applied', 'parked', 'parked', 'applied']);
        for (const refused of outcomes.slice(1, 3)) {
          expect(refused.reason).toMatch(/\w/);
          expect(refused.reason).not.toContain('4711');
        }
        expect((await readOne(sample, crmId))?.['name']).toBe('A');
      });

      test('of two new records that exclude each other the first stays', async () => {
        const sample = await factory();
        const outcomes = await deliver(sample, [
          create(0, { external_id: 'C-1', name: 'A', email: 'same@x.cn' }),
          create(1, { external_id: 'C-2', name: 'B', email: 'same@x.cn' }),
          create(2, { external_id: 'C-3', name: 'C' }),
        ]);
        expect(results(outcomes)).toEqual(['applied', 'parked', 'applied']);
      });

      test('many among thousands', async () => {
        const sample = await factory();
        const writes = Array.from({ length: 2000 }, (_none, n) =>
          create(n, { external_id: `C-${n}`, name: n % 97 === 0 ? 'x'.repeat(50) : `A ${n}` }),
        );
        const outcomes = await deliver(sample, writes);
        expect(results(outcomes)).toEqual(writes.map((_write, n) => (n % 97 === 0 ? 'parked' : 'applied')));
      });

      test('a record that others refer to is not deleted; `referenced` knows it before', async () => {
        const sample = await factory();
        const { destination, account, contact } = sample;
        const [a = '', b = ''] = await given(sample, [
          { external_id: 'C-1', name: 'A' },
          { external_id: 'C-2', name: 'B' },
        ]);
        const child = { marker: markerOf(), writes: [create(0, { name: 'child', account: a })] };
        expect(results(await destination.deliver(contact, child, settle))).toEqual(['applied']);
        expect(await destination.referenced(account, [a, b])).toEqual(new Set([a]));
        expect(results(await deliver(sample, [remove(0, a), remove(1, b)]))).toEqual(['parked', 'applied']);
      });

      test('nor is a child created whose parent is not there', async () => {
        const { destination, contact } = await factory();
        const batch = {
          marker: markerOf(),
          writes: [create(0, { name: 'orphan', account: '999' }), create(1, { name: 'child', account: null })],
        };
        expect(results(await destination.deliver(contact, batch, settle))).toEqual(['parked', 'applied']);
      });
    });

    describe('several writers at once', () => {
      test('deliveries of overlapping records never wait for each other in a circle', async () => {
        const sample = await factory();
        const ids = await given(
          sample,
          Array.from({ length: 40 }, (_none, n) => ({ external_id: `C-${n}`, name: 'A' })),
        );
        const others = await Promise.all([sample.another(), sample.another()]);
        const writers = [sample.destination, ...others];
        const deliveries = Array.from({ length: 24 }, async (_none, n) => {
          const order = n % 2 === 0 ? ids : ids.toReversed();
          const some = order.filter((_id, index) => (index + n) % 3 !== 0);
          const writes = some.map((id, ordinal) => update(ordinal, id, { notes: `by ${n}` }));
          if (n % 4 === 0) writes.push(create(some.length, { external_id: `N-${n}`, name: 'new' }));
          const destination = writers[n % writers.length] ?? sample.destination;
          return results(await deliver({ ...sample, destination }, writes)).every((one) => one === 'applied');
        });
        expect(await Promise.all(deliveries)).toEqual(deliveries.map(() => true));
        await Promise.all(others.map((one) => one.close()));
      });

      test('of two that expect the same value one wins, the other is told', async () => {
        const sample = await factory();
        const [crmId = ''] = await given(sample, [{ external_id: 'C-1', name: 'A' }]);
        const outcomes = await Promise.all(
          ['B', 'C'].map((value) => deliver(sample, [update(0, crmId, { name: value }, { name: 'A' })])),
        );
        expect(outcomes.flatMap(results).toSorted()).toEqual(['applied', 'waiting']);
      });

      test('of two that create the same strong id one wins, the other is told', async () => {
        const sample = await factory();
        const outcomes = await Promise.all(
          [1, 2].map(() => deliver(sample, [create(0, { external_id: 'C-1', name: 'A' })])),
        );
        expect(outcomes.flatMap(results).toSorted()).toEqual(['applied', 'waiting']);
      });
    });
  });
}
