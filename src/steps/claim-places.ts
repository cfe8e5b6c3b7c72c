// Where a source record stands in its source: the run that read it knows the files, the claim its position. What came with
// an event stands in the inbox.

import { eventAt } from '../domain/places.ts';
import type { Version } from '../domain/values.ts';
import type { Queryable } from '../postgres/client.ts';
import { eventOutcome } from '../store/inbox.ts';
import { findRun, loadDefinition } from '../store/runs.ts';

export type ClaimPlace = ReadPlace | EventPlace;

export interface ReadPlace {
  /** The file, or the entry of an archive. */
  readonly name: string;
  /** In bytes, after unpacking. */
  readonly offset: number;
  /** The record is part of a larger one, which begins there or a little before. */
  readonly inside: boolean;
  /** The run that read it. */
  readonly run: string;
}

export interface EventPlace {
  /** As its sender named it, or we did. */
  readonly event: string;
  /** Its number in the inbox: `tributary events list`. */
  readonly inbox: number;
  readonly receivedAt: string;
  /** The run that took it; null while it waits again. */
  readonly run: string | null;
}

/** Of a kind of source, where a position of a read's plan is. Null where the kind is unknown or does not tell. */
export type Locate = (
  kind: string,
  plan: unknown,
  position: number,
) => { readonly name: string; readonly offset: number } | null;

interface Claimed {
  readonly syncNo: number;
  readonly key: string;
  readonly version: Version;
}

interface Read {
  readonly id: string;
  readonly kind: string;
  locate(position: number): ReturnType<Locate>;
  readonly inside: boolean;
}

/** Finds places, and keeps what it learns of runs: for a few records, whose claims may be many. */
export class ClaimPlaces {
  readonly #db: Queryable;
  readonly #locate: Locate;
  readonly #reads = new Map<number, Promise<Read | null>>();

  constructor(db: Queryable, locate: Locate) {
    this.#db = db;
    this.#locate = locate;
  }

  /** Null where nobody can say any more: the run or the event is not kept, or its source does not tell. */
  async of(claim: Claimed): Promise<ClaimPlace | null> {
    const first = await this.#read(claim.version.read);
    const { read, position } = first?.kind === 'replay' ? await this.#quarantined(claim) : claim.version;
    const event = eventAt(position);
    if (event !== null) return this.#event(event);
    const source = await this.#read(read);
    const place = source?.locate(position) ?? null;
    return source === null || place === null ? null : { ...place, inside: source.inside, run: source.id };
  }

  async #event(inbox: number): Promise<EventPlace | null> {
    const event = await eventOutcome(this.#db, inbox);
    if (event === undefined) return null;
    return { event: event.eventId, inbox, receivedAt: event.receivedAt.toISOString(), run: event.run };
  }

  /** A replayed record stands where it was read before it was quarantined. */
  async #quarantined({ syncNo, key, version }: Claimed): Promise<Pick<Version, 'read' | 'position'>> {
    const { rows } = await this.#db.query<{ read: number; position: number }>(
      'select read, position from quarantine where sync_no = $1 and identity = $2',
      [syncNo, key],
    );
    return rows[0] ?? version;
  }

  #read(no: number): Promise<Read | null> {
    const known = this.#reads.get(no) ?? this.#load(no);
    this.#reads.set(no, known);
    return known;
  }

  async #load(no: number): Promise<Read | null> {
    const run = await findRun(this.#db, { no });
    if (run === undefined) return null;
    const { sync, connections } = await loadDefinition(this.#db, run.definitionHash);
    const kind = connections[sync.stream.connection]?.kind ?? '';
    const plan = run.kind === 'snapshot' ? run.plan?.plan : undefined;
    return {
      id: run.id,
      kind: run.kind,
      inside: sync.stream.each !== null,
      locate: (position) => (plan === undefined ? null : this.#locate(kind, plan, position)),
    };
  }
}
