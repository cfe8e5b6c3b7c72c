// The inverse of a delivered entry: restore a field only where the CRM still holds what we wrote. Pure.

import type { ChangeRef, Entry, EntryOutcome, FieldWrite, KeptField } from '../domain/claims.ts';
import { type Fields, sameValue } from '../domain/values.ts';
import type { KnownRecord } from './plan.ts';

export interface InvertInput {
  readonly entry: Entry;
  readonly outcome: EntryOutcome;
  /** The record and its CRM values now; null where it is gone. */
  readonly record: KnownRecord | null;
  readonly crm: Fields | null;
  readonly ordinal: number;
  /** The entry is an undo's: taking it back makes both sides agree on what was undone. */
  readonly redo: boolean;
  /** The values that mark a record of the object as inactive; empty where there are none. */
  readonly deactivated: Fields;
}

const UNDO = { sync: null, key: null, rule: 'undo' };

/** Null when the entry wrote nothing, or nothing of it can be taken back. */
export function invertEntry(input: InvertInput): Entry | null {
  const { entry, outcome, record } = input;
  // Not asked: the outcome. A record under review may have been written where nobody disputed.
  if (outcome.action === 'none' || record === null || outcome.crmId === null) return null;
  const written = Object.entries(entry.writes).filter(([field]) => outcome.written?.includes(field) ?? true);
  const frame = frameOf(input, record);
  const restore = input.redo ? redoing : restoring;
  if (outcome.action === 'delete') return invertDelete({ frame, written, restore }, input.crm);
  // An earlier undo has taken all of it back.
  if (input.crm === null && record.state === 'suppressed') return null;
  if (input.crm === null) return leave(frame, 'the record was deleted in the CRM since');
  return outcome.action === 'create'
    ? invertCreate({ frame, written, restore }, { ...input, crm: input.crm })
    : invertUpdate({ frame, written, restore }, input.crm);
}

function frameOf({ entry, outcome, ordinal }: InvertInput, record: KnownRecord): Entry {
  const previous: ChangeRef | null = record.change;
  return {
    ordinal,
    key: entry.key,
    action: 'none',
    outcome: 'no_change',
    recordId: record.id,
    crmId: outcome.crmId,
    revision: record.revision,
    writes: {},
    agreed: {},
    conflicts: {},
    drift: [],
    previous,
  };
}

interface Inverting {
  readonly frame: Entry;
  readonly written: readonly (readonly [string, FieldWrite])[];
  readonly restore: (write: FieldWrite) => FieldWrite;
}

function invertUpdate({ frame, written, restore }: Inverting, crm: Fields): Entry {
  const writes: Record<string, FieldWrite> = {};
  const kept: Record<string, KeptField> = {};
  for (const [field, write] of written) {
    const now = crm[field] ?? null;
    if (sameValue(now, write.after)) writes[field] = restore(write);
    else kept[field] = { ours: write.after, now };
  }
  const any = Object.keys(writes).length > 0;
  return { ...frame, action: any ? 'update' : 'none', outcome: any ? 'applied' : 'conflict', writes, ...keptOf(kept) };
}

/**
 * A create is deleted where nobody touched it; else it is deactivated, or stays, and what they changed is listed. A value
 * that the CRM gave by itself, and that nobody changed since, is no touch.
 */
function invertCreate(
  { frame, written, restore }: Inverting,
  { crm, outcome, record, deactivated }: InvertInput & { readonly crm: Fields },
): Entry {
  const kept: Record<string, KeptField> = {};
  for (const [field, write] of written) {
    const now = crm[field] ?? null;
    if (!sameValue(now, write.after)) kept[field] = { ours: write.after, now };
  }
  const ours = new Set(written.map(([field]) => field));
  for (const [field, now] of Object.entries(crm)) {
    const given = outcome.defaults?.[field] ?? null;
    if (!ours.has(field) && now !== null && !sameValue(now, given)) kept[field] = { ours: given, now };
  }
  if (Object.keys(kept).length > 0) {
    const of = { frame, crm, base: record?.base ?? {}, deactivated };
    return endSoftly(of, { kept, reason: 'others changed the record since' });
  }
  const writes = Object.fromEntries(written.map(([field, write]) => [field, restore(write)]));
  return { ...frame, action: 'delete', outcome: 'applied', writes };
}

export interface SoftEnd {
  /** An entry of the record that writes nothing. */
  readonly frame: Entry;
  readonly crm: Fields;
  readonly base: Fields;
  readonly deactivated: Fields;
}

/** A record of ours that cannot be deleted is deactivated, unless somebody has decided about that too. */
export function endSoftly(
  { frame, crm, base, deactivated }: SoftEnd,
  { kept, reason }: { readonly kept: Readonly<Record<string, KeptField>>; readonly reason: string },
): Entry {
  const wanted = Object.entries(deactivated);
  if (wanted.length === 0 || wanted.some(([field]) => kept[field] !== undefined)) return leave(frame, reason, kept);
  const writes = wanted.map(([field, after]): [string, FieldWrite] => {
    const known = base[field];
    const write = { before: crm[field] ?? null, after, why: UNDO };
    return [field, known === undefined ? write : { ...write, base: known }];
  });
  return { ...frame, action: 'deactivate', outcome: 'applied', reason, writes: Object.fromEntries(writes), kept };
}

/** The record comes back with the id it had. */
function invertDelete({ frame, written, restore }: Inverting, crm: Fields | null): Entry {
  if (crm !== null) return leave(frame, 'a record with this id exists again');
  const writes = Object.fromEntries(
    written.filter(([, write]) => write.before !== null).map(([field, write]) => [field, restore(write)]),
  );
  return { ...frame, action: 'create', outcome: 'applied', writes };
}

/** `base` becomes what it was before the write. */
function restoring(write: FieldWrite): FieldWrite {
  return {
    before: write.after,
    after: write.before,
    ...(write.base === undefined ? {} : { base: write.base }),
    why: UNDO,
  };
}

function redoing(write: FieldWrite): FieldWrite {
  return { before: write.after, after: write.before, base: write.before, why: UNDO };
}

/** Nothing of it goes back. */
function leave(frame: Entry, reason: string, kept: Readonly<Record<string, KeptField>> = {}): Entry {
  return { ...frame, outcome: 'conflict', reason, kept };
}

function keptOf(kept: Readonly<Record<string, KeptField>>): Pick<Entry, 'kept'> {
  return Object.keys(kept).length > 0 ? { kept } : {};
}
