// The short form of the chaos campaign (docs/reliability.md), and whether what it looks for can still be broken.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { BUGS } from '../../bench/chaos/bugs.ts';
import type { Report } from '../../bench/chaos/campaign.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const seed = process.env['CHAOS_SEED'] ?? String(Math.floor(Math.random() * 1_000_000));

function campaign(...args: readonly string[]): Promise<Report> {
  const child = spawn(process.execPath, [`${ROOT}/dist/bench/chaos/main.js`, '--json', '--seed', seed, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const parts: Buffer[] = [];
  child.stdout.on('data', (part: Buffer) => parts.push(part));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => {
      resolve(JSON.parse(Buffer.concat(parts).toString('utf8')) as Report); // what --json prints
    });
  });
}

test('a round of faults leaves nothing that differs', async () => {
  const report = await campaign('--rounds', '1', '--records', '5000', '--changes', '60', '--faults', '8');
  expect(report.found, `seed ${seed}`).toEqual([]);
  expect(report.faults).toBeGreaterThanOrEqual(8);
});

test('a seeded bug is found', async () => {
  const report = await campaign('--bug', 'first_of_equals', '--until-found', '--rounds', '1', '--records', '1000');
  expect(report.found).not.toEqual([]);
});

test.each(Object.entries(BUGS))('what the seeded bug %s changes is still there', (_bug, { edits }) => {
  for (const { file, from } of edits) {
    const parts = readFileSync(`${ROOT}/dist/${file}`, 'utf8').split(from);
    expect(parts.length - 1, `${file}: ${from}`).toBe(1);
  }
});
