// Which failure of a PostgreSQL client means what.

/** `data`: this row cannot be stored as it is. `full`: no space left. `throttled`: no connection left. `passing`: trying again may help. */
export type PostgresTrouble =
  'unreachable' | 'unauthorized' | 'schema' | 'data' | 'full' | 'throttled' | 'passing' | 'other';

const SOCKET = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'ETIMEDOUT',
  'EPIPE',
  'EHOSTUNREACH',
  'EAI_AGAIN',
  'ENETUNREACH',
]);
/** A trigger's own exception, a view's check option. */
const REFUSED = new Set(['P0001', '44000']);
const SCHEMA = new Set(['42P01', '42703', '3F000', '3D000', '42804', '428C9']);

/** Classifies by SQLSTATE or socket code; never by message, but for pg's two errors that carry no code. */
export function troubleOf(error: unknown): PostgresTrouble {
  if (!(error instanceof Error)) return 'other';
  const code = codeOf(error);
  if (code === undefined) return /timeout|terminated|not queryable/i.test(error.message) ? 'unreachable' : 'other';
  if (SOCKET.has(code) || code.startsWith('08') || code.startsWith('57P')) return 'unreachable';
  if (code.startsWith('28') || code === '42501') return 'unauthorized';
  if (SCHEMA.has(code)) return 'schema';
  if (code === '53100' || code === 'ENOSPC') return 'full';
  if (code === '53300') return 'throttled';
  if (code.startsWith('40') || code.startsWith('53') || code === '55P03' || code === '57014') return 'passing';
  return code.startsWith('22') || code.startsWith('23') || REFUSED.has(code) ? 'data' : 'other';
}

/** The SQLSTATE or socket code; an AggregateError of connect attempts gives its first. */
export function codeOf(error: Error): string | undefined {
  if (error instanceof AggregateError) {
    const [first]: unknown[] = error.errors;
    return first instanceof Error ? codeOf(first) : undefined;
  }
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
