// One CRM record through runs of several sources, people's edits, undos and undos of undos, in any order.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Entry, EntryOutcome, SourcedClaim } from '../../src/domain/claims.ts';
import type { DeleteAction, ObjectDefinition } from '../../src/domain/definition.ts';
import { type Fields, sameValue, type Value } from '../../src/domain/values.ts';
import { baseAfter, holdsAfter } from '../../src/merge/after.ts';
import { invertEntry } from '../../src/merge/invert.ts';
import { type KnownRecord, planEntry } from '../../src/merge/plan.ts';
import { ACCOUNT, applied, CASES, claimOf, crmOf, fieldsOf, planInput, recordOf } from './support.ts';

const FIELDS = Object.keys(ACCOUNT.fields);

type Act =
  | { readonly do: 'say'; readonly from: 'erp' | 'oa'; readonly fields: Fields }
  | { readonly do: 'end'; readonly from: 'erp' | 'oa' }
  | { readonly do: 'edit'; readonly field: string; readonly value: Value }
  | { readonly do: 'undo'; readonly run: number };

const source = fc.constantFrom('erp' as const, 'oa' as const);
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('say' as const), from: source, fields: fieldsOf(FIELDS) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('end' as const), from: source }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('edit' as const),
      field: fc.constantFrom(...FIELDS),
      value: fc.constantFrom('theirs', null),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('undo' as const), run: fc.nat(6) }) },
);

interface Run {
  readonly entry: Entry;
  readonly outcome: EntryOutcome;
  readonly redo: boolean;
  readonly before: Fields | null;
  readonly baseBefore: Fields;
}

/** The CRM and our side, as deliveries leave them. */
class World {
  readonly object: ObjectDefinition;
  crm: Fields | null = null;
  record: KnownRecord | null = null;
  holds: Readonly<Record<string, string>> = {};
  readonly claims = new Map<string, SourcedClaim>();
  readonly runs: Run[] = [];
  #read = 0;

  /** @param crm what the CRM had before anybody spoke of it */
  constructor(deletes: DeleteAction, crm: Fields | null) {
    this.object = { ...ACCOUNT, deletes };
    this.crm = crm;
    this.record = crm === null ? null : recordOf();
  }

  plan(): Entry {
    const claims = [...this.claims.values()];
    const { object, record, crm, holds } = this;
    return planEntry(planInput({ object, claims, record, crm, holds, crmId: record === null ? null : '42' }));
  }

  say(from: string, change: Pick<SourcedClaim, 'operation' | 'fields'>): void {
    const version = { source: null, read: ++this.#read, position: 0 };
    this.claims.set(from, claimOf({ sync: from, source: from, key: '1', version, ...change }));
    this.deliver(this.plan(), false, false);
  }

  deliver(entry: Entry, undo: boolean, redo: boolean): void {
    const wrote = entry.action !== 'none';
    const { crm: before, record } = this;
    const baseBefore = record?.base ?? {};
    this.crm = applied(before, entry);
    if (wrote || record !== null) {
      const base = baseAfter(baseBefore, entry, wrote);
      this.record = recordOf({ ...record, base, state: wrote ? stateAfter(entry, undo) : (record?.state ?? 'live') });
    }
    const { ordinal, outcome, action } = entry;
    const done = { ordinal, outcome, action, crmId: wrote ? '42' : entry.crmId };
    if (wrote) this.runs.push({ entry, outcome: done, redo: undo, before, baseBefore });
    if (!undo || !wrote) return;
    const holds = holdsAfter(entry, [...this.claims.values()]);
    const lifted = new Set(['*', ...Object.keys(entry.writes)]);
    this.holds = redo
      ? Object.fromEntries(Object.entries(this.holds).filter(([field]) => !lifted.has(field)))
      : { ...this.holds, ...holds };
  }

  invert({ entry, outcome, redo }: Run): Entry | null {
    const { crm, record } = this;
    return invertEntry({ entry, outcome, record, crm, ordinal: 1, redo, deactivated: this.object.deactivated });
  }

  act(one: Act): void {
    if (one.do === 'say') this.say(one.from, { operation: 'upsert', fields: one.fields });
    if (one.do === 'end' && this.claims.has(one.from)) this.say(one.from, { operation: 'delete', fields: {} });
    if (one.do === 'edit' && this.crm !== null) this.crm = { ...this.crm, [one.field]: one.value };
    const run = one.do === 'undo' ? this.runs[one.run] : undefined;
    const inverse = run === undefined ? null : this.invert(run);
    if (inverse !== null) this.deliver(inverse, true, run?.redo === true);
  }
}

function stateAfter({ action }: Entry, undo: boolean): KnownRecord['state'] {
  if (action === 'deactivate') return 'deactivated';
  if (action === 'delete') return undo ? 'suppressed' : 'deleted';
  return 'live';
}

const story = fc.record({
  deletes: fc.constantFrom<DeleteAction>('none', 'deactivate', 'delete'),
  crm: fc.option(crmOf(FIELDS)),
  acts: fc.array(act, { minLength: 1, maxLength: 10 }),
});

interface Story {
  readonly deletes: DeleteAction;
  readonly crm: Fields | null;
  readonly acts: readonly Act[];
}

function lived({ deletes, crm, acts }: Story): World {
  const world = new World(deletes, crm);
  for (const one of acts) world.act(one);
  return world;
}

const same = (a: Value | undefined, b: Value | undefined): boolean => sameValue(a ?? null, b ?? null);

describe('after any story', () => {
  test('the undo of the last run, when nobody wrote since, gives back the CRM and the base of before', () => {
    fc.assert(
      fc.property(story, (told) => {
        const world = lived(told);
        world.say('erp', { operation: 'upsert', fields: { name: 'last', limit: '7' } });
        const last = world.runs.at(-1);
        if (last === undefined || last.redo) return;
        const now = world.crm;
        const inverse = world.invert(last);
        // The last delivery may have been of an earlier act, and others may have written since.
        if (!sameFields(applied(last.before, last.entry), now)) return;
        expect(inverse?.outcome).toBe('applied');
        world.deliver(inverse ?? last.entry, true, false);
        expect(world.crm).toEqual(last.before);
        if (last.entry.action === 'update')
          for (const field of Object.keys(last.entry.writes))
            expect(world.record?.base[field]).toEqual(last.baseBefore[field]);
      }),
      { numRuns: CASES },
    );
  });

  test('an undo touches nothing that others changed', () => {
    fc.assert(
      fc.property(story, fc.nat(8), (told, which) => {
        const world = lived(told);
        const run = world.runs[which];
        const inverse = run === undefined ? null : world.invert(run);
        if (run === undefined || inverse === null) return;
        const after = applied(world.crm, inverse);
        const { writes, action } = run.entry;
        for (const field of FIELDS) {
          if (same(after?.[field], world.crm?.[field])) continue;
          const untouched = same(world.crm?.[field], writes[field]?.after);
          const marks = inverse.action === 'deactivate' && field in world.object.deactivated && untouched;
          const ours = writes[field] !== undefined && untouched;
          // A create that goes as a whole was as we made it; one that comes back was not there.
          expect(ours || marks || inverse.action === 'create').toBe(true);
          if (action === 'update' && !marks) expect(same(after?.[field], writes[field]?.before)).toBe(true);
        }
        if (inverse.action === 'delete')
          for (const field of FIELDS) expect(same(world.crm?.[field], writes[field]?.after)).toBe(true);
      }),
      { numRuns: CASES },
    );
  });

  test('the next merge does not write what was taken back, until a source says something else', () => {
    fc.assert(
      fc.property(story, fc.nat(8), (told, which) => {
        const world = lived(told);
        const run = world.runs[which];
        const inverse = run === undefined || run.redo ? null : world.invert(run);
        if (inverse === null || inverse.action === 'none') return;
        world.deliver(inverse, true, false);
        const next = world.plan();
        const again = Object.keys(next.writes).filter(
          (field) =>
            inverse.writes[field] !== undefined && same(next.writes[field]?.after, inverse.writes[field]?.before),
        );
        expect(again).toEqual([]);
        if (inverse.action === 'delete') expect(next.action).toBe('none');
      }),
      { numRuns: CASES },
    );
  });

  test('once undone, a run has nothing more to take back', () => {
    fc.assert(
      fc.property(story, fc.nat(8), (told, which) => {
        const world = lived(told);
        const run = world.runs[which];
        const inverse = run === undefined ? null : world.invert(run);
        if (run === undefined || inverse === null) return;
        world.deliver(inverse, true, run.redo);
        const crm = world.crm;
        const second = world.invert(run);
        const left = second === null ? crm : applied(crm, second);
        expect(left).toEqual(crm);
      }),
      { numRuns: CASES },
    );
  });

  test('an undo of the undo brings back what was undone, and lifts its holds', () => {
    fc.assert(
      fc.property(story, fc.nat(8), (told, which) => {
        const world = lived(told);
        const run = world.runs[which];
        const inverse = run === undefined || run.redo ? null : world.invert(run);
        if (inverse === null || inverse.action === 'none') return;
        const { crm: before } = world;
        world.deliver(inverse, true, false);
        const undo = world.runs.at(-1);
        const again = undo === undefined ? null : world.invert(undo);
        expect(again?.outcome).toBe('applied');
        if (again !== null) world.deliver(again, true, true);
        expect(world.crm).toEqual(before);
        for (const field of Object.keys(inverse.writes)) expect(world.holds[field]).toBeUndefined();
        expect(world.holds['*']).toBeUndefined();
      }),
      { numRuns: CASES },
    );
  });
});

function sameFields(a: Fields | null, b: Fields | null): boolean {
  if (a === null || b === null) return a === b;
  return FIELDS.every((field) => same(a[field], b[field]));
}
