// The systems as requests meet them: their adapters with resolved secrets, their streams, what is left of their rate.

import type { Adapter } from '../adapters/adapter.ts';
import type { EventIdPlace, SystemDefinition } from '../config/systems.ts';
import type { EventsDefinition, StreamDefinition, SyncDefinition } from '../domain/definition.ts';
import type { SyncError } from '../domain/errors.ts';
import { Rate } from './rate.ts';

/** A stream that a sync takes the events of. */
export interface OpenStream {
  readonly name: string;
  readonly sync: string;
  readonly stream: StreamDefinition;
  readonly events: EventsDefinition;
  readonly eventId: EventIdPlace | null;
}

export interface OpenSystem {
  readonly name: string;
  /** Or why there are none: a secret that is missing, or is none. */
  readonly adapters: readonly Adapter[] | SyncError;
  readonly streams: ReadonlyMap<string, OpenStream>;
  readonly rate: Rate;
  /** Events that may wait. */
  readonly waiting: number;
}

export type OpenSystems = ReadonlyMap<string, OpenSystem>;

/** What is said of a system, brought together with the syncs that take its events. */
export function openSystem(
  system: SystemDefinition,
  options: {
    readonly adapters: OpenSystem['adapters'];
    readonly syncs: Iterable<SyncDefinition>;
    readonly now: number;
  },
): OpenSystem {
  const streams = [...options.syncs].flatMap(({ sync, stream, events }): OpenStream[] => {
    if (events === undefined || stream.connection !== system.name) return [];
    return [{ name: events.stream, sync, stream, events, eventId: system.eventIds[events.stream] ?? null }];
  });
  return {
    name: system.name,
    adapters: options.adapters,
    streams: new Map(streams.map((stream) => [stream.name, stream])),
    rate: new Rate(system.rate, options.now),
    waiting: system.waiting,
  };
}
