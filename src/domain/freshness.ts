// Freshness: how old the oldest change may be that a source has made and the CRM does not have. Pure.

import type { SyncDefinition } from './definition.ts';
import type { TriggerDefinition } from './triggers.ts';

/** What the store knows of a sync. */
export interface DeliveryFacts {
  readonly sync: string;
  /** Everything up to then was read and delivered; null before the first read. */
  readonly deliveredTo: Date | null;
  /** Since when its oldest claim waits for another record, or for the CRM to be as it was. */
  readonly waitingSince: Date | null;
}

/** Since when the oldest event of a stream that is not delivered has been here. */
export interface PendingEvents {
  readonly system: string;
  readonly stream: string;
  readonly since: Date;
}

export interface SyncFreshness {
  readonly sync: string;
  readonly object: string;
  /** Of the oldest change that may not be delivered yet; null while nobody knows. */
  readonly ageMs: number | null;
  readonly objectiveMs: number | null;
  readonly missed: boolean;
}

export interface ObjectFreshness {
  readonly object: string;
  /** That of the sync that is furthest behind; null while one of them knows nothing. */
  readonly ageMs: number | null;
  readonly missed: boolean;
}

export interface FreshnessInput {
  readonly syncs: Readonly<Record<string, SyncDefinition>>;
  readonly triggers: Readonly<Record<string, TriggerDefinition>>;
  readonly facts: readonly DeliveryFacts[];
  readonly pending: readonly PendingEvents[];
  readonly now: Date;
}

/**
 * A source that is read shows its changes only then: what it did since the last delivered read may all be missing. One that
 * sends events shows each of them: what counts is the oldest that waits. So do claims that wait, of both.
 */
export function judgeFreshness({ syncs, triggers, facts, pending, now }: FreshnessInput): readonly SyncFreshness[] {
  return Object.values(syncs).map(({ sync, object, stream, events }) => {
    const fact = facts.find((one) => one.sync === sync);
    const event =
      events && pending.find(({ system, stream: name }) => system === stream.connection && name === events.stream);
    const since = events === undefined ? (fact?.deliveredTo ?? null) : (event?.since ?? now);
    const ages = [since, fact?.waitingSince ?? null].flatMap((time) =>
      time === null ? [] : [Math.max(0, now.getTime() - time.getTime())],
    );
    const ageMs = since === null ? null : Math.max(...ages);
    const objectiveMs = triggers[sync]?.freshMs ?? null;
    return { sync, object, ageMs, objectiveMs, missed: objectiveMs !== null && ageMs !== null && ageMs > objectiveMs };
  });
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** `2d`, `14h`, `3m`: the largest unit that there are two of, rounded down. */
export function spanWords(ms: number): string {
  const [unit, size] = UNITS.find(([, one]) => ms >= 2 * one) ?? ['s', 1_000];
  return `${Math.floor(ms / size)}${unit}`;
}

export function byObject(syncs: readonly SyncFreshness[]): readonly ObjectFreshness[] {
  return [...new Set(syncs.map(({ object }) => object))].map((object) => {
    const own = syncs.filter((one) => one.object === object);
    const ages = own.map(({ ageMs }) => ageMs).filter((age) => age !== null);
    return {
      object,
      ageMs: ages.length < own.length ? null : Math.max(...ages),
      missed: own.some(({ missed }) => missed),
    };
  });
}
