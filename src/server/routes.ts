// Which address does what. Names in addresses are plain: nothing is decoded, so that no two spellings mean the same.

import type { IncomingMessage } from 'node:http';
import { SyncError } from '../domain/errors.ts';
import { type Answer, json } from './answer.ts';
import type { ReceiverDeps } from './deps.ts';
import { getEvent } from './get-event.ts';
import { openApi } from './openapi.ts';
import type { Lease } from './memory.ts';
import { notFound, postEvents } from './post-events.ts';
import type { Request } from './request.ts';

type Handler = (deps: ReceiverDeps, request: Request) => Promise<Answer> | Answer;

export interface Route {
  readonly address: RegExp;
  readonly methods: Readonly<Record<string, Handler>>;
  /** For the metrics. */
  readonly name: string;
}

const NAME = '[a-z0-9][a-z0-9_-]{0,62}';

export const ROUTES: readonly Route[] = [
  {
    name: 'events',
    address: new RegExp(`^/v1/systems/(?<system>${NAME})/streams/(?<stream>${NAME})/events$`),
    methods: {
      POST: postEvents,
    },
  },
  {
    name: 'event',
    address: /^\/v1\/events\/(?<id>[1-9]\d{0,14})$/,
    methods: { GET: getEvent },
  },
  { name: 'health', address: /^\/v1\/health$/, methods: { GET: health } },
  { name: 'openapi', address: /^\/openapi\.json$/, methods: { GET: () => json(200, openApi()) } },
];

async function health(deps: ReceiverDeps): Promise<Answer> {
  return (await deps.ready())
    ? json(200, { status: 'ok' })
    : json(503, { status: 'unavailable' }, { 'retry-after': '5' });
}

/** Errors: `request.not_found`, `request.method`. */
export function routeOf(
  message: IncomingMessage,
  memory: Lease,
): { readonly route: Route; readonly answer: (deps: ReceiverDeps) => Promise<Answer> | Answer } {
  const [path = '', ...rest] = (message.url ?? '').split('?');
  for (const route of ROUTES) {
    const groups = route.address.exec(path);
    if (groups === null) continue;
    const method = message.method === 'HEAD' ? 'GET' : (message.method ?? '');
    const handler = Object.hasOwn(route.methods, method) ? route.methods[method] : undefined;
    if (handler === undefined) throw wrongMethod(route);
    const request = { message, query: new URLSearchParams(rest.join('?')), found: groups.groups ?? {}, memory };
    return { route, answer: (deps) => handler(deps, request) };
  }
  throw notFound('there is nothing at this address');
}

function wrongMethod({ methods }: Route): SyncError {
  const allow = Object.keys(methods).flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  return new SyncError('request.method', {
    message: `expected ${allow.join(' or ')}`,
    details: { headers: { allow: allow.join(', ') } },
  });
}
