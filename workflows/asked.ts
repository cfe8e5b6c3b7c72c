// What a message asks for, by its shape: signals come from forms and other systems, and every payload must be survived.

import type { Decide, Pause, Retry } from './messages.ts';

export const DECIDE_FORM =
  'a decision needs {"decision": "approve" | "reject" | "approve_without_deletes", "hash": "…", "by": "…"}';
export const PAUSE_FORM = 'its payload is {"by": "…", "note": "…"}, or nothing';
export const RETRY_FORM =
  'its payload is {"ids": [1, 2], "rule": "…", "field": "…", "key": "…"}, each if wanted, or nothing';

export function isDecide(value: unknown): value is Decide {
  if (!isObject(value)) return false;
  const { decision, hash, by } = value;
  const known = decision === 'approve' || decision === 'reject' || decision === 'approve_without_deletes';
  return known && typeof hash === 'string' && typeof by === 'string';
}

/** Null: it is not one. Nothing at all is a pause by somebody. */
export function asPause(value: unknown): Pause | null {
  if (value === undefined || value === null) return {};
  return isObject(value) && hasOnly(value, { by: isText, note: isText }) ? value : null;
}

/** Null: it is not one. Nothing at all means all open records of the sync. */
export function asRetry(value: unknown): Retry | null {
  if (value === undefined || value === null) return {};
  return isObject(value) && hasOnly(value, { ids: areIds, rule: isText, field: isText, key: isText }) ? value : null;
}

type Shape = Readonly<Record<string, (value: unknown) => boolean>>;

function hasOnly(value: Readonly<Record<string, unknown>>, shape: Shape): boolean {
  return Object.entries(value).every(([name, one]) => Object.hasOwn(shape, name) && shape[name]?.(one) === true);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function areIds(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => Number.isSafeInteger(one));
}
