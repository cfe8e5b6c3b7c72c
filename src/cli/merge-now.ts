// Merges claims that wait, of some syncs, without reading their sources: a replay of nothing, whose rounds take them up.

import { startReplay } from './commands/quarantine-retry.ts';
import { followToEnd } from './follow.ts';
import { EXIT } from './output.ts';
import type { Session } from './session.ts';

/** One run a sync, one after the other; stops where one does not end well. @returns its exit code */
export async function mergeNow(
  session: Session,
  syncs: readonly string[],
  follow: { readonly json: boolean; readonly signal: AbortSignal },
): Promise<number> {
  for (const sync of syncs) {
    const code = await followToEnd(session, await startReplay(session, sync, { ids: [] }), follow);
    if (code !== EXIT.done) return code;
  }
  return EXIT.done;
}
