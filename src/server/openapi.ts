// The OpenAPI document of the API, made of the same definitions as what is answered.

import { z } from 'zod';
import { MEDIA_TYPES } from '../domain/event-body.ts';
import { API, MAX_WAIT_S } from './api.ts';

type Json = Readonly<Record<string, unknown>>;

let made: Json | undefined;

/** OpenAPI 3.1. */
export function openApi(): Json {
  return (made ??= {
    openapi: '3.1.0',
    info: {
      title: 'Tributary: events',
      version: '1',
      description:
        'Systems send events here. An event is durable before it is answered; what becomes of it is seen at its own address. Every error is a problem as RFC 9457 says.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths: {
      '/v1/systems/{system}/streams/{stream}/events': { post: POST_EVENTS },
      '/v1/events/{id}': { get: GET_EVENT },
      '/v1/health': { get: GET_HEALTH },
      '/openapi.json': { get: GET_OPENAPI },
    },
    components: {
      schemas: componentSchemas(),
      securitySchemes: {
        signature: {
          type: 'apiKey',
          in: 'header',
          name: 'webhook-signature',
          description:
            'HMAC as Standard Webhooks say, or in the form that `authentication` of the system describes. A request without a body signs its path in the body’s place.',
        },
        key: { type: 'http', scheme: 'bearer', description: 'A key, where the system’s `authentication` has one.' },
      },
    },
  });
}

const SECURITY = [{ signature: [] }, { key: [] }];
const NAME = { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]{0,62}$' };

const RECORD = { type: 'object', description: 'A record, as the sync maps it.' };
const RECORDS = { anyOf: [RECORD, { type: 'array', items: RECORD }] };
const TEXT = { type: 'string', minLength: 1 };

const POST_EVENTS = {
  operationId: 'sendEvents',
  summary: 'Send events',
  description:
    'One record or many. An event that has come before, by its id, is known: nothing is done again. With `wait` the answer waits for the outcome.',
  security: SECURITY,
  parameters: [
    parameter('system', 'path', { schema: NAME, description: 'The system: the name of its connection.' }),
    parameter('stream', 'path', { schema: NAME, description: 'The stream that a sync takes the events of.' }),
    parameter('wait', 'query', {
      schema: { type: 'string', pattern: `^(?:[0-9]|[12][0-9]|${MAX_WAIT_S})s$`, examples: ['5s'] },
      description: `How long to wait for the outcome, at most ${MAX_WAIT_S}s.`,
    }),
  ],
  requestBody: {
    required: true,
    description: 'At most 1 MB, also unpacked; plain, or by Content-Encoding gzip, deflate or br.',
    content: Object.fromEntries(
      Object.entries(MEDIA_TYPES).map(([type, format]) => [type, { schema: format === 'json' ? RECORDS : TEXT }]),
    ),
  },
  responses: {
    '200': answer('Their outcome is known, or it was a handshake.', 'Accepted'),
    '202': {
      ...answer('They are durable.', 'Accepted'),
      headers: { location: { schema: { type: 'string' }, description: 'Of the outcome, where there is one event.' } },
      links: { outcome: { operationId: 'getEvent', parameters: { id: '$response.body#/events/0/id' } } },
    },
    ...problems({
      '400': 'The request cannot be understood.',
      '401': 'It does not show whom it is from.',
      '404': 'No such system, or no sync takes events of the stream.',
      '408': 'It did not come in time.',
      '413': 'It is too large.',
      '415': 'Its type or encoding is not understood.',
      '429': 'Too many requests, or too many events wait.',
      '503': 'Events cannot be made durable now, or a secret is not set.',
    }),
  },
};

const GET_EVENT = {
  operationId: 'getEvent',
  summary: 'What became of an event',
  description: 'For the system that sent it, shown as for sending.',
  security: SECURITY,
  parameters: [
    parameter('id', 'path', {
      schema: { type: 'integer', minimum: 1, maximum: 999_999_999_999_999 },
      description: 'The event’s number, as `href` has it.',
    }),
  ],
  responses: {
    '200': answer('The event.', 'Event'),
    ...problems({
      '400': 'The request cannot be understood.',
      '401': 'It does not show whom it is from.',
      '404': 'There is no such event of this system.',
      '503': 'The store cannot be reached.',
    }),
  },
};

const GET_HEALTH = {
  operationId: 'getHealth',
  summary: 'Whether events can be received',
  security: [],
  responses: { '200': answer('They can.', 'Health'), '503': answer('They cannot now.', 'Health') },
};

const GET_OPENAPI = {
  operationId: 'getOpenApi',
  summary: 'This document',
  security: [],
  responses: {
    '200': { description: 'OpenAPI 3.1.', content: { 'application/json': { schema: { type: 'object' } } } },
  },
};

function parameter(name: string, place: 'path' | 'query', rest: Json): Json {
  return { name, in: place, required: place === 'path', ...rest };
}

function answer(description: string, schema: string): Json {
  return {
    description,
    content: { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } },
  };
}

function problems(descriptions: Readonly<Record<string, string>>): Json {
  const content = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
  return Object.fromEntries(
    Object.entries(descriptions).map(([status, description]) => [status, { description, content }]),
  );
}

function componentSchemas(): Json {
  const { schemas } = z.toJSONSchema(API, { uri: (id) => `#/components/schemas/${id}` });
  return Object.fromEntries(
    Object.entries(schemas).map(([name, { $schema: _dialect, $id: _id, ...schema }]) => [name, schema]),
  );
}
