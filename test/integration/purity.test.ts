// Needs the build: the answers come from processes of their own.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const SCRIPT = fileURLToPath(new URL('../support/answers.js', import.meta.url));

function answersUnder(environment: Readonly<Record<string, string>>): string {
  const env = { PATH: process.env['PATH'], ...environment };
  const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT], {
    env,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

test('functions and rules answer the same in every process, time zone and language', () => {
  const here = answersUnder({ TZ: 'UTC', LANG: 'C' });
  expect(JSON.parse(here)).toHaveProperty('length', expect.any(Number));
  expect(here.length).toBeGreaterThan(1_000_000);
  const elsewhere = [
    { TZ: 'Asia/Shanghai', LANG: 'zh_CN.UTF-8', LC_ALL: 'zh_CN.UTF-8' },
    { TZ: 'America/New_York', LANG: 'en_US.UTF-8' },
    { TZ: 'Pacific/Apia', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' },
  ].map(answersUnder);
  expect(elsewhere.map((answers) => answers === here)).toEqual([true, true, true]);
});
