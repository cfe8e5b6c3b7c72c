// The project's way of telling people, with its secrets.

import { resolveSecrets } from '../config/secrets.ts';
import type { ConnectionDefinition } from '../domain/definition.ts';
import { type Notification, notify } from '../notify/notify.ts';

/** Secrets are looked up each time. Errors: `notify.failed`. */
export function notifierOf(
  way: ConnectionDefinition,
  projectDir: string,
): (notification: Notification, signal: AbortSignal) => Promise<void> {
  return async (notification, signal) => {
    const settings = await resolveSecrets(way, { env: process.env, projectDir });
    await notify({ ...way, settings }, { notification, projectDir, signal });
  };
}
