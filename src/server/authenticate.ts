// Who a request is from.

import type { IncomingMessage } from 'node:http';
import type { Delivery, Received } from '../adapters/adapter.ts';
import { SyncError } from '../domain/errors.ts';
import type { OpenSystem, OpenSystems } from './systems.ts';

/** The request as adapters see it. */
export function deliveryOf(
  request: IncomingMessage,
  { body, publicUrl, now }: { readonly body: Uint8Array; readonly publicUrl: string | null; readonly now: number },
): Delivery {
  const path = request.url ?? '/';
  return {
    method: request.method ?? '',
    path,
    url: `${publicUrl ?? `http://${request.headers.host ?? ''}`}${path}`,
    headers: request.headersDistinct,
    body,
    at: now,
  };
}

/** What the first adapter that knows it makes of it. Errors: `request.unauthorized`, `config.secret_missing`. */
export function authenticate(system: OpenSystem, delivery: Delivery): Exclude<Received, { readonly kind: 'refused' }> {
  if (system.adapters instanceof SyncError) throw system.adapters;
  const reasons: string[] = [];
  for (const adapter of system.adapters) {
    const received = adapter.receive(delivery);
    if (received.kind !== 'refused') return received;
    reasons.push(received.because);
  }
  throw unauthorized(reasons.join('; '));
}

/** The systems that a request without a body may be from. */
export function systemsOf(systems: OpenSystems, delivery: Delivery): readonly string[] {
  return [...systems.values()].flatMap(({ name, adapters }) => {
    if (adapters instanceof SyncError) return [];
    return adapters.some((adapter) => adapter.receive(delivery).kind === 'events') ? [name] : [];
  });
}

export function unauthorized(message: string): SyncError {
  return new SyncError('request.unauthorized', {
    message,
    details: { headers: { 'www-authenticate': 'Signature, Bearer' } },
  });
}
