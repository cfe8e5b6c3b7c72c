// Promise 3, on the pure part: given the same crosswalk, any order, repetition or batching of the same deliveries of
// several sources gives the same CRM.
//
// The CRM begins empty and only we write. Two settings remember what came first, and say so: `fill_empty`, which never
// replaces a value, and `withdrawn: keep`. Here fields have neither.

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Claim, SourcedClaim } from '../../src/domain/claims.ts';
import type { ConflictPolicy, ObjectDefinition } from '../../src/domain/definition.ts';
import { type Fields, isEmpty, type Operation, type Value } from '../../src/domain/values.ts';
import { foldClaim, sameClaim } from '../../src/merge/fold.ts';
import { type KnownRecord, planEntry } from '../../src/merge/plan.ts';
import { NO_PINS, resolve } from '../../src/merge/resolve.ts';
import { ACCOUNT, CASES, fieldsOf, NOON, planInput, recordOf } from './support.ts';

const CONVERGING: readonly ConflictPolicy[] = ['source', 'crm', 'review', 'most_recent'];
const NAMES = Object.keys(ACCOUNT.fields);
const OBJECT: ObjectDefinition = {
  ...ACCOUNT,
  fields: Object.fromEntries(
    Object.entries(ACCOUNT.fields).map(([name, field], index) => {
      const conflict = CONVERGING[index % CONVERGING.length] ?? 'source';
      return [name, { ...field, conflict, clears: true as const }];
    }),
  ),
};

const SYNCS = {
  'erp-customers': { source: 'erp', records: 'full' },
  'oa-contacts': { source: 'oa', records: 'partial' },
  hr: { source: 'hr', records: 'full' },
} as const;
type Sync = keyof typeof SYNCS;

/** The crosswalk: two CRM records, whichever source speaks of them. */
const CRM_ID: Readonly<Record<string, string>> = { K1: '1', K2: '2', K3: '2' };

interface Delivery {
  readonly sync: Sync;
  readonly claim: Claim;
}

/** Syncs, their claims, the CRM: what a store and a CRM hold, in memory. */
class World {
  readonly #claims = new Map<string, SourcedClaim>();
  readonly #records = new Map<string, KnownRecord>();
  readonly #crm = new Map<string, Fields>();

  constructor() {
    for (const id of new Set(Object.values(CRM_ID))) {
      this.#records.set(id, recordOf({ base: {} }));
      this.#crm.set(id, Object.fromEntries(NAMES.map((name) => [name, null])));
    }
  }

  /** One run: what each key of the sync said is folded, then each touched record is merged and written. */
  run(sync: Sync, claims: readonly Claim[]): void {
    const touched = new Map<string, SourcedClaim>();
    for (const claim of claims) {
      const id = `${sync} ${claim.key}`;
      const before = this.#claims.get(id);
      const whole = foldClaim(SYNCS[sync], claim, before);
      if (before !== undefined && sameClaim(before, whole)) continue;
      const sourced = { ...whole, sync, source: SYNCS[sync].source };
      this.#claims.set(id, sourced);
      touched.set(CRM_ID[claim.key] ?? '', sourced);
    }
    for (const [crmId, claim] of touched) this.#merge(crmId, claim);
  }

  #merge(crmId: string, claim: SourcedClaim): void {
    const record = this.#records.get(crmId) ?? recordOf();
    const crm = this.#crm.get(crmId) ?? {};
    const entry = planEntry(planInput({ object: OBJECT, claim, claims: this.claimsOn(crmId), record, crmId, crm }));
    const set = Object.fromEntries(Object.entries(entry.writes).map(([field, { after }]) => [field, after]));
    const agreed = Object.fromEntries(Object.entries(entry.agreed).map(([field, { value }]) => [field, value]));
    this.#crm.set(crmId, { ...crm, ...set });
    const state = entry.action === 'deactivate' ? 'deactivated' : entry.action === 'none' ? record.state : 'live';
    this.#records.set(crmId, { ...record, state, base: { ...record.base, ...agreed, ...set } });
  }

  claimsOn(crmId: string): readonly SourcedClaim[] {
    return [...this.#claims.values()].filter(({ key }) => CRM_ID[key] === crmId);
  }

  /** Of the records that some source still speaks of, the values; what has ended keeps what it had when it did. */
  get live(): Readonly<Record<string, Fields>> {
    const living = [...this.#crm].filter(([id]) => this.claimsOn(id).some(({ operation }) => operation === 'upsert'));
    return Object.fromEntries(living.map(([id, fields]) => [id, withoutEmpty(fields)]));
  }
}

function withoutEmpty(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !isEmpty(value)));
}

const delivery = fc.record({
  sync: fc.constantFrom<Sync>('erp-customers', 'oa-contacts', 'hr'),
  key: fc.constantFrom(...Object.keys(CRM_ID)),
  fields: fieldsOf(NAMES),
  operation: fc.constantFrom<Operation>('upsert', 'upsert', 'upsert', 'upsert', 'delete'),
});

/** Each with a version of its own, and the moment at which it was first seen: inputs, whenever they are delivered. */
const deliveries = fc.array(delivery, { maxLength: 8 }).map((all) =>
  all.map(({ sync, key, fields, operation }, index): Delivery => {
    const stamp = new Date(NOON + index * 1000).toISOString();
    const version = { source: stamp, read: 1, position: index };
    const said = operation === 'delete' ? {} : fields;
    return { sync, claim: { key, version, operation, fields: said, observedAt: NOON + index * 1000 } };
  }),
);

/** The same deliveries as they might arrive: shuffled, some twice, cut into batches. */
const arrivals = deliveries.chain((all) =>
  fc.record({
    all: fc.constant(all),
    order: fc.subarray([...all]).chain((twice) =>
      fc.shuffledSubarray([...all, ...twice], {
        minLength: all.length + twice.length,
        maxLength: all.length + twice.length,
      }),
    ),
    size: fc.integer({ min: 1, max: 9 }),
  }),
);

/** A run for each batch and sync in it. */
function deliver(all: readonly Delivery[], size: number): World {
  const world = new World();
  for (let from = 0; from < all.length; from += size) {
    const batch = all.slice(from, from + size);
    for (const sync of new Set(batch.map((one) => one.sync))) {
      world.run(
        sync,
        batch.filter((one) => one.sync === sync).map(({ claim }) => claim),
      );
    }
  }
  return world;
}

test('any order, repetition or batching gives the same CRM', () => {
  fc.assert(
    fc.property(arrivals, ({ all, order, size }) => {
      expect(deliver(order, size).live).toEqual(deliver(all, all.length + 1).live);
    }),
    { numRuns: CASES },
  );
});

test('the CRM holds what all claims say together, and nothing else', () => {
  fc.assert(
    fc.property(arrivals, ({ order, size }) => {
      const world = deliver(order, size);
      for (const [id, fields] of Object.entries(world.live)) {
        const resolved = Object.entries(resolve(OBJECT, world.claimsOn(id), NO_PINS));
        const values = resolved.map(([field, { value }]): [string, Value] => [field, value]);
        expect(fields).toEqual(withoutEmpty(Object.fromEntries(values)));
      }
    }),
    { numRuns: CASES },
  );
});

test('replaying everything that was delivered changes nothing', () => {
  fc.assert(
    fc.property(arrivals, ({ all, order, size }) => {
      const world = deliver(order, size);
      const before = world.live;
      for (const { sync, claim } of all) world.run(sync, [claim]);
      expect(world.live).toEqual(before);
    }),
    { numRuns: CASES },
  );
});
