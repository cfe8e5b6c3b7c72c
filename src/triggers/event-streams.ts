// Which sync takes the events of which stream.

import type { Project } from '../config/load.ts';
import type { EventStream } from '../store/inbox.ts';

type Syncs = Pick<Project, 'syncs'>;

/** Null where none does. */
export function syncOfEvents({ syncs }: Syncs, { system, stream }: EventStream): string | null {
  const taking = Object.values(syncs).find(
    (sync) => sync.stream.connection === system && sync.events?.stream === stream,
  );
  return taking?.sync ?? null;
}

/** The streams of those syncs that take events. */
export function streamsOf({ syncs }: Syncs, names: readonly string[]): readonly EventStream[] {
  return names.flatMap((name) => {
    const sync = Object.hasOwn(syncs, name) ? syncs[name] : undefined;
    return sync?.events === undefined ? [] : [{ system: sync.stream.connection, stream: sync.events.stream }];
  });
}
