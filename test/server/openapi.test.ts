// The document against the receiver: whatever is sent, the answer is one that the document names, in the shape it gives.

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { openApi } from '../../src/server/openapi.ts';
import { ROUTES } from '../../src/server/routes.ts';
import { EVENTS, KEY, OA_EVENTS, signed, startTestReceiver, type TestReceiver } from './support.ts';

const RESPONSE = z.object({
  description: z.string(),
  content: z.record(z.string(), z.object({ schema: z.record(z.string(), z.unknown()) })),
});
const OPERATION = z.object({
  operationId: z.string(),
  parameters: z.array(z.object({ name: z.string(), in: z.string() })).optional(),
  responses: z.record(z.string(), RESPONSE),
});
const DOCUMENT = z.object({
  openapi: z.literal('3.1.0'),
  paths: z.record(z.string(), z.record(z.string(), OPERATION)),
  components: z.object({ schemas: z.record(z.string(), z.record(z.string(), z.unknown())) }),
});

const text = JSON.stringify(openApi());
const document = DOCUMENT.parse(JSON.parse(text));

let receiver: TestReceiver;
beforeAll(async () => {
  const started = Date.now();
  let at = started;
  // Time goes on by a second with every request, so that no rate is passed.
  receiver = await startTestReceiver({}, { now: () => (at = Math.min(at + 1000, started + 200_000)) });
});
afterAll(() => receiver.stop());

describe('the document', () => {
  test('refers to what it has', () => {
    const references = [...text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(([, name = '']) => name);
    expect(new Set(references)).toEqual(new Set(Object.keys(document.components.schemas)));
  });

  test('names every address and method of the receiver, and no other', () => {
    const documented = Object.entries(document.paths).map(([path, operations]) => {
      const example = path.replace('{id}', '1').replace(/\{\w+\}/g, 'a');
      const route = ROUTES.find(({ address }) => address.test(example));
      expect(Object.keys(route?.methods ?? {}).map((method) => method.toLowerCase())).toEqual(Object.keys(operations));
      return route?.name;
    });
    expect(documented).toEqual(ROUTES.map(({ name }) => name));
  });

  test('is served as it is', async () => {
    const response = await fetch(`${receiver.url}/openapi.json`);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toEqual(JSON.parse(text));
  });
});

/** A schema of the document, with what it refers to, as a check. */
function checkOf(schema: Readonly<Record<string, unknown>>): z.ZodType {
  const whole = JSON.stringify({ ...schema, $defs: document.components.schemas });
  return z.fromJSONSchema(JSON.parse(whole.replaceAll('#/components/schemas/', '#/$defs/')));
}

async function conforms(response: Response, operation: z.output<typeof OPERATION>): Promise<number> {
  const described = operation.responses[String(response.status)];
  const type = response.headers.get('content-type') ?? '';
  const media = described?.content[type];
  expect([response.status, type, media === undefined]).toEqual([response.status, type, false]);
  const body: unknown = await response.json();
  expect(checkOf(media?.schema ?? {}).safeParse(body).error).toBeUndefined();
  return response.status;
}

const RUNS = { numRuns: Number(process.env['TRIBUTARY_CASES'] ?? 150) };

describe('the receiver does as the document says', () => {
  test('whatever is sent as events', async () => {
    const operation = document.paths['/v1/systems/{system}/streams/{stream}/events']?.['post'];
    if (operation === undefined) throw new Error('the document has lost its first operation');
    const header = (name: string, ...values: readonly string[]) =>
      fc
        .oneof({ weight: 12, arbitrary: fc.constant(undefined) }, ...values.map((value) => fc.constant(value)))
        .map((value): [string, string | undefined] => [name, value]);
    const heard = new Set<number>();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(
          EVENTS,
          EVENTS,
          EVENTS,
          OA_EVENTS,
          EVENTS.replace('erp', 'none'),
          EVENTS.replace('customers', 'a'),
        ),
        fc.constantFrom('', '', '?wait=1s', '?wait=99s', '?wait=', '?x=y', '?%ff'),
        fc.tuple(
          header('content-type', 'text/csv', 'application/xml', 'text/plain', 'json', ';'),
          header('content-encoding', 'identity', 'gzip', 'zip'),
          header('authorization', `Bearer ${KEY}`, 'Bearer no', 'x'),
          header('webhook-signature', 'v1,no', ' '),
        ),
        fc.oneof(fc.json(), fc.string(), fc.constant('{"id":1}'), fc.constant('a,b\n1,2\n')),
        async (path, query, extra, body) => {
          const given = Object.fromEntries(extra.filter((one): one is [string, string] => one[1] !== undefined));
          const headers = { 'content-type': 'application/json', ...signed(body, `m${heard.size}`).headers, ...given };
          const response = await fetch(receiver.url + path + query, {
            method: 'POST',
            body: Buffer.from(body),
            headers,
          });
          heard.add(await conforms(response, operation));
        },
      ),
      RUNS,
    );
    expect([...heard]).toEqual(expect.arrayContaining([202, 400, 401, 404]));
  });

  test('whatever is asked for', async () => {
    const operation = document.paths['/v1/events/{id}']?.['get'];
    if (operation === undefined) throw new Error('the document has lost an operation');
    const heard = new Set<number>();
    await fetch(receiver.url + EVENTS, {
      method: 'POST',
      body: '{"id":1}',
      headers: { 'content-type': 'application/json', ...signed('{"id":1}', 'asked').headers },
    });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 3 }), fc.boolean(), async (id, own) => {
        const path = `/v1/events/${id}`;
        const headers = own ? signed('', 'x', path, 'GET').headers : {};
        heard.add(await conforms(await fetch(receiver.url + path, { headers }), operation));
      }),
      { numRuns: 20 },
    );
    expect([...heard].every((status) => [200, 401, 404].includes(status))).toBe(true);
  });

  test('whether it is well or not', async () => {
    const operation = document.paths['/v1/health']?.['get'];
    if (operation === undefined) throw new Error('the document has lost an operation');
    const statuses = [await conforms(await fetch(`${receiver.url}/v1/health`), operation)];
    receiver.inbox.down = true;
    statuses.push(await conforms(await fetch(`${receiver.url}/v1/health`), operation));
    receiver.inbox.down = false;
    expect(statuses).toEqual([200, 503]);
  });
});
