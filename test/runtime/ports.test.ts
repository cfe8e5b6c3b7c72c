import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePort, lastPorts, rememberPorts } from '../../src/runtime/ports.ts';

let dataDir: string;
let server: Server | undefined;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'tributary-ports-'));
});

afterEach(() => {
  server?.close();
  rmSync(dataDir, { recursive: true, force: true });
});

function occupy(port: number): Promise<void> {
  return new Promise((resolve) => {
    server = createServer().listen(port, '127.0.0.1', () => resolve());
  });
}

test('the first preferred port that is free is taken', async () => {
  const port = await freePort([]);
  const other = await freePort([]);
  expect(await freePort([undefined, port, other])).toBe(port);
  await occupy(port);
  expect(await freePort([port, other])).toBe(other);
  expect(await freePort([port])).not.toBe(port);
});

test('ports are remembered beside each other, for their owner only', () => {
  expect(lastPorts(dataDir)).toEqual({});
  rememberPorts(dataDir, { postgres: 54330 });
  rememberPorts(dataDir, { temporal: 7233, temporal_ui: 8233 });
  expect(lastPorts(dataDir)).toEqual({ postgres: 54330, temporal: 7233, temporal_ui: 8233 });
  expect(statSync(join(dataDir, 'ports.json')).mode & 0o777).toBe(0o600);
});

test('a damaged file of ports is as good as none', () => {
  writeFileSync(join(dataDir, 'ports.json'), '{"postgres":');
  expect(lastPorts(dataDir)).toEqual({});
});
