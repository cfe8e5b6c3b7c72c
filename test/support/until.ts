// Waiting for something that others do: asked again and again, until a deadline.

import { setTimeout as pause } from 'node:timers/promises';

const EVERY_MS = 50;

/** The first answer that is not undefined. Fails when none has come by the deadline. */
export async function until<T>(what: string, ask: () => Promise<T | undefined>, deadlineMs = 30_000): Promise<T> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`not within ${deadlineMs / 1000} s: ${what}`);
    await pause(EVERY_MS);
  }
}
