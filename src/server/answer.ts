// What is answered: JSON, or a problem as RFC 9457 says.

import { ERRORS, type ErrorCode, SyncError } from '../domain/errors.ts';
import type { Problem } from './api.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const STATUS: Partial<Record<ErrorCode, number>> = {
  'request.malformed': 400,
  'request.unauthorized': 401,
  'request.not_found': 404,
  'request.method': 405,
  'request.too_slow': 408,
  'request.too_large': 413,
  'inbox.too_large': 413,
  'request.media_type': 415,
  'request.too_many': 429,
  'config.secret_missing': 503,
  'config.invalid': 503,
  'store.unreachable': 503,
};

const RETRY_AFTER_S = 5;

export function statusOf(code: ErrorCode): number {
  return STATUS[code] ?? 500;
}

/** What everything that is answered has in common. */
const HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

export function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return {
    status,
    headers: { ...HEADERS, 'content-type': 'application/json', ...headers },
    body: `${JSON.stringify(value)}\n`,
  };
}

/**
 * An error as an answer. Only expected ones say what happened: of others the caller learns the code, and the log the rest.
 * `details.headers` of a SyncError are added.
 */
export function problem(error: unknown): Answer {
  const expected = error instanceof SyncError && error.disposition !== 'bug';
  const code = expected ? error.code : 'internal.bug';
  const status = statusOf(code);
  const { title, hint } = ERRORS[code];
  const detail = expected ? error.message : 'an error of ours; the log has more';
  const body: Problem = { type: `urn:tributary:${code}`, title, status, detail, code, hint };
  const later = status === 429 || status === 503 ? { 'retry-after': String(RETRY_AFTER_S) } : {};
  const answer = json(status, body, { ...later, 'content-type': 'application/problem+json' });
  return { ...answer, headers: { ...answer.headers, ...(expected ? headersOf(error) : {}) } };
}

function headersOf({ details }: SyncError): Readonly<Record<string, string>> {
  const { headers } = details;
  if (typeof headers !== 'object' || headers === null) return {};
  return Object.fromEntries(
    Object.entries(headers).filter((one): one is [string, string] => typeof one[1] === 'string'),
  );
}
