// What a run that waits says: the same words in the terminal and in notifications.

interface Planned {
  readonly creates: number;
  readonly updates: number;
  readonly deletes: number;
}

export const WAITS_AT_GATE = 'waiting at the gate';

export function plannedWords({ creates, updates, deletes }: Planned): string {
  return `${creates} creates, ${updates} updates, ${deletes} deletes`;
}

/** What to do about a run that waits after an error. */
export function mendWords({ run, sync }: { readonly run: string; readonly sync: string }): string {
  return `The run waits and nothing is lost. Go on: tributary run ${sync} (or resume ${sync}). Give it up: tributary cancel ${run}`;
}
