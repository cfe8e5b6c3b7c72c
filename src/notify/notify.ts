// Notifications: what a person should know although nobody looks. Counts and names of ours only, never a record's data.

import type { ConnectionDefinition } from '../domain/definition.ts';
import { SyncError } from '../domain/errors.ts';
import { runCommand } from './command.ts';
import { postWebhook } from './webhook.ts';

export interface Notification {
  /** Permanent: `quarantine.ageing`. */
  readonly event: string;
  readonly project: string;
  readonly sync: string;
  /** Whom it concerns; null when nobody is named. */
  readonly owner: string | null;
  /** One line for people. */
  readonly message: string;
  /** The command that shows more. */
  readonly look: string;
  readonly details: Readonly<Record<string, string | number | null>>;
}

export interface Sending {
  readonly notification: Notification;
  /** Where commands run. */
  readonly projectDir: string;
  readonly signal: AbortSignal;
}

/** The way out for notifications, its secrets resolved. Errors: `notify.failed`. */
export async function notify({ kind, settings }: ConnectionDefinition, sending: Sending): Promise<void> {
  const { signal } = sending;
  try {
    if (kind === 'webhook') await postWebhook(String(settings['webhook']), sending);
    else await runCommand(stringsOf(settings['command']), sending);
  } catch (cause) {
    signal.throwIfAborted();
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SyncError('notify.failed', { message: `the ${kind} for notifications failed: ${why}`, cause });
  }
}

function stringsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
