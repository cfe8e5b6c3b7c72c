import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json as readJson } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Notification } from '../../src/notify/notify.ts';
import { notify } from '../../src/notify/notify.ts';

const NOTIFICATION: Notification = {
  event: 'quarantine.ageing',
  project: 'example',
  sync: 'customers',
  owner: 'sales-ops',
  message: '3 records of customers wait in the quarantine, the oldest since 2026-01-02',
  look: 'tributary quarantine list --sync customers',
  details: { records: 3 },
};

let folder: string;
let servers: Server[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-notify-'));
});

afterEach(() => {
  for (const server of servers) server.close();
  servers = [];
  rmSync(folder, { recursive: true });
});

async function listen(listener: (...args: Parameters<RequestListener>) => unknown): Promise<string> {
  const server = createServer((request, response) => void listener(request, response)).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
}

function send(kind: string, settings: Readonly<Record<string, unknown>>, signal?: AbortSignal): Promise<void> {
  const sending = { notification: NOTIFICATION, projectDir: folder, signal: signal ?? new AbortController().signal };
  return notify({ name: 'notify', kind, settings }, sending);
}

const failed = (message: RegExp) =>
  expect.objectContaining({ code: 'notify.failed', message: expect.stringMatching(message) });

describe('a webhook', () => {
  test('gets the notification as JSON', async () => {
    const heard: unknown[] = [];
    const url = await listen(async (request, response) => {
      const body = await readJson(request);
      heard.push({ method: request.method, type: request.headers['content-type'], body });
      response.writeHead(204).end();
    });
    await send('webhook', { webhook: url });
    expect(heard).toEqual([{ method: 'POST', type: 'application/json', body: NOTIFICATION }]);
  });

  test('that refuses, redirects or is not there is an error that does not name its address', async () => {
    const refusing = await listen((_request, response) => response.writeHead(500).end());
    await expect(send('webhook', { webhook: `${refusing}/secret` })).rejects.toEqual(failed(/answered 500$/));
    let followed = false;
    const target = await listen((_request, response) => {
      followed = true;
      response.end();
    });
    const redirecting = await listen((_request, response) => response.writeHead(307, { location: target }).end());
    await expect(send('webhook', { webhook: redirecting })).rejects.toEqual(failed(/answered 307$/));
    expect(followed).toBe(false);
    await expect(send('webhook', { webhook: 'http://127.0.0.1:1/secret' })).rejects.toEqual(
      failed(/cannot be reached$/),
    );
  });

  test.each(['http://example.com/', 'http://127.0.0.1.example.com/', 'file:///etc/passwd', 'nothing'])(
    '%s is not called',
    async (webhook) => {
      await expect(send('webhook', { webhook })).rejects.toEqual(failed(/neither https nor http on this machine$/));
    },
  );
});

describe('a command', () => {
  const node = (script: string): Readonly<Record<string, unknown>> => ({ command: [process.execPath, '-e', script] });

  test('gets the notification on its standard input, in the project folder', async () => {
    await send('command', node(`process.stdin.pipe(require('fs').createWriteStream('heard.json'))`));
    expect(JSON.parse(readFileSync(join(folder, 'heard.json'), 'utf8'))).toEqual(NOTIFICATION);
  });

  test('that ends badly or is not there is an error', async () => {
    await expect(send('command', node('process.exit(3)'))).rejects.toEqual(failed(/ended with 3$/));
    await expect(send('command', { command: ['./nothing-here'] })).rejects.toEqual(failed(/ENOENT/));
  });

  test('is killed when the run is cancelled', async () => {
    const stop = new AbortController();
    const sent = send('command', node('setInterval(() => {}, 1000)'), stop.signal);
    setTimeout(() => stop.abort(), 100);
    await expect(sent).rejects.toMatchObject({ name: 'AbortError' });
  });
});
