// How quarantined records are shown, and the options by which commands pick them.

import type { Command } from 'commander';
import type { Violation } from '../../domain/values.ts';
import type { QuarantineFilter, QuarantineRow } from '../../store/quarantine.ts';
import { durationOption } from '../options.ts';

export interface PickOptions {
  readonly sync?: string;
  readonly run?: string;
  readonly rule?: string;
  readonly field?: string;
  readonly key?: string;
  readonly owner?: string;
  readonly olderThan?: number;
}

/** Adds the options that pick records. */
export function withPicks(command: Command): Command {
  return command
    .option('--sync <sync>', 'of one sync')
    .option('--run <run>', 'last seen by this run')
    .option('--rule <rule>', 'that broke this rule')
    .option('--field <field>', 'with a violation of this field')
    .option('--key <key>', 'with this source key')
    .option('--owner <owner>', 'assigned to this person')
    .option('--older-than <duration>', 'first seen longer ago than this: 12h, 7d', durationOption);
}

export function filterOf({ olderThan, ...picks }: PickOptions): QuarantineFilter {
  return { ...picks, ...(olderThan === undefined ? {} : { olderThanMs: olderThan }) };
}

export function reasons(violations: readonly Violation[]): string {
  return violations.map(({ field, message }) => (field === undefined ? message : `${field}: ${message}`)).join('; ');
}

export function toJson(row: QuarantineRow): Readonly<Record<string, unknown>> {
  const { id, sync, key, violations, state, resolution, owner, encoding, run, firstSeenAt, lastSeenAt } = row;
  const record: unknown = encoding === 'record' ? JSON.parse(row.record) : row.record;
  return {
    id,
    sync,
    key,
    state,
    ...(resolution === null ? {} : { resolution }),
    ...(owner === null ? {} : { owner }),
    violations,
    encoding,
    record,
    run,
    first_seen_at: firstSeenAt,
    last_seen_at: lastSeenAt,
  };
}

/** How long something has waited, to one unit: `3 d`. */
export function ageOf(since: Date, now = Date.now()): string {
  const minutes = Math.max(0, Math.floor((now - since.getTime()) / 60_000));
  if (minutes < 60) return `${minutes} min`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1440)} d`;
}
