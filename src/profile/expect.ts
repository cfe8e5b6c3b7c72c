// What of a read is not as it used to be: before anything is written, somebody should look. Pure.

import type { Expectations } from '../domain/definition.ts';
import type { ColumnProfile, Profile } from './profile.ts';
import type { Kind } from './kind.ts';

export interface ReadFacts {
  readonly read: number;
  readonly duplicates: number;
  /** Of the records that were decoded: the known ones were not. */
  readonly profile: Profile;
  /** The read that was delivered last; null when there was none. */
  readonly baseline: Profile | null;
  /** How many records the last reads had, up to seven of them. */
  readonly earlierReads: readonly number[];
  /** Paths that the mapping reads. */
  readonly mapped: (path: string) => boolean;
}

/** Sentences: what the run waits for a person with, and what it only says. */
export interface Unexpected {
  readonly waits: readonly string[];
  readonly notes: readonly string[];
}

/** Below these a share or a profile says nothing. */
export const LEAST = { reads: 3, records: 50, duplicates: 20, kinds: 20 };
const DOMINANT = 0.95;
const MOST_NAMED = 20;

export function findUnexpected(expected: Expectations, facts: ReadFacts): Unexpected {
  const counts = [countProblem(expected, facts), duplicateProblem(expected, facts)].filter((one) => one !== null);
  const { profile, baseline } = facts;
  if (baseline === null || baseline.records < LEAST.records) return { waits: counts, notes: [] };
  const columns = new Columns(baseline, profile);
  const empty = columns.emptier(expected.nulls).map(({ text }) => text);
  const drift = expected.drift === 'ignore' ? [] : columns.drift();
  const grave = drift.filter(({ path, isNew }) => expected.drift === 'pause' && !isNew && facts.mapped(path));
  const light = drift.filter((one) => !grave.includes(one));
  const waits = [...counts, ...empty, ...grave.map(({ text }) => text)];
  return { waits: named(waits), notes: named(light.map(({ text }) => text)) };
}

/** What the next read is compared with: a thin profile only adds what is new to the one before. */
export function nextBaseline({ profile, baseline, read }: Pick<ReadFacts, 'profile' | 'baseline' | 'read'>): Profile {
  const thin = profile.records < LEAST.records && profile.records < read;
  if (baseline === null || !thin) return profile.records === 0 && baseline !== null ? baseline : profile;
  return { records: baseline.records, columns: { ...profile.columns, ...baseline.columns } };
}

function countProblem({ records }: Expectations, { read, earlierReads }: ReadFacts): string | null {
  if (records === null || earlierReads.length < LEAST.reads) return null;
  const usual = median(earlierReads);
  const [least, most] = [Math.floor(records.min * usual), Math.ceil(records.max * usual)];
  if (read >= least && read <= most) return null;
  return `${read} records were read; the last ${earlierReads.length} reads had ${usual} in the middle, so ${least} to ${most} were expected`;
}

function duplicateProblem({ duplicates }: Expectations, facts: ReadFacts): string | null {
  if (duplicates === null) return null;
  const most = Math.max(Math.floor(duplicates * facts.read + 1e-9), LEAST.duplicates);
  return facts.duplicates > most ? `${facts.duplicates} records have the key of another one, more than ${most}` : null;
}

interface Finding {
  readonly path: string;
  readonly isNew: boolean;
  readonly text: string;
}

class Columns {
  readonly #before: Profile;
  readonly #now: Profile;

  constructor(before: Profile, now: Profile) {
    this.#before = before;
    this.#now = now;
  }

  /** Columns that are empty in more of the records than before, by so many points. */
  emptier(points: number | null): readonly Finding[] {
    if (points === null || this.#now.records < LEAST.records) return [];
    return Object.entries(this.#before.columns).flatMap(([path, before]) => {
      const now = column(this.#now, path);
      if (now === undefined) return [];
      const [then, share] = [1 - before.filled / this.#before.records, 1 - now.filled / this.#now.records];
      if ((share - then) * 100 <= points) return [];
      return [
        { path, isNew: false, text: `${path} is empty in ${percent(share)} of the records, ${percent(then)} before` },
      ];
    });
  }

  /** Columns that came, went, or hold values of another kind. */
  drift(): readonly Finding[] {
    const came = Object.keys(this.#now.columns)
      .filter((path) => column(this.#before, path) === undefined)
      .map((path) => ({ path, isNew: true, text: `${path} is new` }));
    const others = Object.entries(this.#before.columns).flatMap(([path, before]) => this.#changed(path, before));
    return [...others, ...came];
  }

  #changed(path: string, before: ColumnProfile): readonly Finding[] {
    const now = column(this.#now, path);
    if (now === undefined) {
      // One that was rare may be missing by chance.
      const rare = before.present < this.#before.records / 2 || this.#now.records < LEAST.records;
      return rare ? [] : [{ path, isNew: false, text: `${path} is missing` }];
    }
    const [was, is] = [dominantKind(before), dominantKind(now)];
    if (was === null || is === null || was === is) return [];
    return [{ path, isNew: false, text: `${path} holds ${nameOf(is)}, before ${nameOf(was)}` }];
  }
}

function column(profile: Profile, path: string): ColumnProfile | undefined {
  return Object.hasOwn(profile.columns, path) ? profile.columns[path] : undefined;
}

/** The kind of nearly all values; null where there are few values or many kinds. Integers are decimals too. */
function dominantKind({ kinds }: ColumnProfile): Kind | null {
  const counts = Object.entries(kinds) as [Kind, number][]; // its own keys
  const all = counts.reduce((sum, [, count]) => sum + count, 0);
  if (all < LEAST.kinds) return null;
  const merged = { ...kinds, decimal: (kinds.decimal ?? 0) + (kinds.integer ?? 0) };
  const isMost = (kind: Kind): boolean => (merged[kind] ?? 0) >= DOMINANT * all;
  return (['decimal', 'boolean', 'date', 'text', 'list', 'object'] as const).find(isMost) ?? null;
}

function nameOf(kind: Kind): string {
  const names: Readonly<Record<Kind, string>> = {
    integer: 'numbers',
    decimal: 'numbers',
    boolean: 'yes or no',
    date: 'dates',
    text: 'text',
    list: 'lists',
    object: 'records',
  };
  return names[kind];
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = 0, high = 0] =
    sorted.length % 2 === 1 ? [sorted[middle], sorted[middle]] : [sorted[middle - 1], sorted[middle]];
  return Math.round((low + high) / 2);
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function named(sentences: readonly string[]): readonly string[] {
  if (sentences.length <= MOST_NAMED) return sentences;
  return [...sentences.slice(0, MOST_NAMED), `… and ${sentences.length - MOST_NAMED} more`];
}
