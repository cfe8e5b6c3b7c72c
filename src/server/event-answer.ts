import type { StoredEvent } from '../store/inbox.ts';
import type { EventAnswer } from './api.ts';

/** An event as the API and `--json` show it. */
export function eventAnswer(event: StoredEvent): EventAnswer {
  return {
    id: event.id,
    event_id: event.eventId,
    system: event.system,
    stream: event.stream,
    received_at: event.receivedAt.toISOString(),
    state: event.state,
    run: event.run,
    outcome: event.outcome === null ? null : { ...event.outcome },
    error: event.error,
    done_at: event.doneAt?.toISOString() ?? null,
  };
}
