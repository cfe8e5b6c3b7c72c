import type { IncomingMessage } from 'node:http';
import type { Lease } from './memory.ts';

/** A request whose address and method are known. */
export interface Request {
  readonly message: IncomingMessage;
  readonly query: URLSearchParams;
  /** What the groups of the address' pattern found. */
  readonly found: Readonly<Record<string, string>>;
  /** What its body takes; given back at the end, or sooner. */
  readonly memory: Lease;
}
