// Runs of earlier releases, replayed under the workflows as they are: whoever changes these in a way that an open run
// cannot follow is told here, before anybody's run is stuck.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { beforeAll, describe, expect, test } from 'vitest';
import type { RecordedHistory } from '../../bench/histories/chain.ts';
import { buildWorkflowBundle } from '../../src/runtime/workflow-bundle.ts';

const FOLDER = fileURLToPath(new URL('./histories', import.meta.url));
const releases = readdirSync(FOLDER).toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
const paths = (release: string): readonly string[] => readdirSync(join(FOLDER, release)).toSorted();

/** Of 0.1.0: a later release has these, and perhaps more. */
const WORKFLOWS = ['driftRepair', 'eventIntake', 'eventRun', 'quarantineReplay', 'syncRun', 'undoRun'];

let bundle: string;

beforeAll(async () => {
  const logging = { filter: { core: 'ERROR', other: 'ERROR' }, forward: {} } as const;
  Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging } });
  bundle = await buildWorkflowBundle();
}, 120_000);

function recorded(release: string, path: string): readonly RecordedHistory[] {
  return JSON.parse(gunzipSync(readFileSync(join(FOLDER, release, path))).toString('utf8')); // written by the recorder
}

/** All `data` of payloads, in base64. */
function payloadsIn(part: unknown): readonly string[] {
  if (typeof part !== 'object' || part === null) return [];
  return Object.entries(part).flatMap(([name, value]) =>
    name === 'data' && typeof value === 'string' ? [value] : payloadsIn(value),
  );
}

/** What went wrong with each history, in order; null where it was replayed. */
async function replay(code: string, histories: readonly RecordedHistory[]): Promise<readonly (string | null)[]> {
  const results: (string | null)[] = [];
  const given = histories.map(({ workflowId, history }) => ({ workflowId, history }));
  const replayed = Worker.runReplayHistories({ workflowBundle: { code } }, given);
  for await (const { error } of replayed) results.push(error === undefined ? null : `${error.name}: ${error.message}`);
  return results;
}

describe.each(releases)('histories of %s', (release) => {
  test('every path of every workflow was recorded', () => {
    const all = paths(release).flatMap((path) => recorded(release, path).map(({ type }) => type));
    expect([...new Set(all)].toSorted()).toEqual(WORKFLOWS);
    expect(paths(release).length).toBeGreaterThan(14);
  });

  test('what a run carries into its next history stays small, and so does every event', () => {
    const chains = paths(release).map((path) => recorded(release, path));
    expect(Math.max(...chains.map((chain) => chain.length))).toBeGreaterThan(2);
    for (const { history } of chains.flat()) {
      const sizes = payloadsIn(history).map((data) => Buffer.from(data, 'base64').length);
      expect(Math.max(0, ...sizes)).toBeLessThan(4_096);
    }
  });

  test('hold nothing of the machine that recorded them', () => {
    for (const path of paths(release)) {
      const text = JSON.stringify(recorded(release, path), (name, value: unknown) =>
        name === 'data' && typeof value === 'string' ? Buffer.from(value, 'base64').toString('utf8') : value,
      );
      expect(text).not.toMatch(/\/tmp\/|\/home\/|\/work\/|"identity":"(?!worker")|"stackTrace":"[^"]/);
    }
  });

  test.each(paths(release))('%s is replayed', async (path) => {
    const histories = recorded(release, path);
    expect(await replay(bundle, histories)).toEqual(histories.map(() => null));
  });
});

const CALL = String.raw`(\(0,\s*[\w$]+\.call\))`;
/** Changes that look harmless, made in the compiled workflows. */
const CHANGES: readonly (readonly [says: string, from: RegExp, to: string])[] = [
  ['another window', /MERGE_WINDOW = 3/, 'MERGE_WINDOW = 1'],
  [
    'a new step',
    new RegExp(`const sealed = await ${CALL}`),
    "await $1('remind', { id: 'remind', summary: '' }, {});\nconst sealed = await $1",
  ],
  ['a step that is left out', new RegExp(`await ${CALL}\\('recordDecision'`), "if (false) await $1('recordDecision'"],
];

describe('a change that open runs cannot follow', () => {
  const release = releases.at(-1) ?? '';

  test.each(CHANGES)('%s is found', async (_says, from, to) => {
    const changed = bundle.replace(from, to);
    expect(changed).not.toBe(bundle);
    const results = await replay(changed, recorded(release, 'gate-approved.json.gz'));
    expect(results).toContainEqual(expect.stringMatching(/^DeterminismViolationError/));
  });

  test('other words are none', async () => {
    const changed = bundle.replace('one winner for each key', 'of each key the newest');
    expect(changed).not.toBe(bundle);
    const histories = recorded(release, 'gate-approved.json.gz');
    expect(await replay(changed, histories)).toEqual(histories.map(() => null));
  });

  test('a history that goes on longer than the workflow knows is found', async () => {
    const [first, ...others] = recorded(release, 'gate-approved.json.gz');
    const text = JSON.stringify(first).replaceAll('"name":"planRead"', '"name":"planReads"');
    const results = await replay(bundle, [JSON.parse(text) as RecordedHistory, ...others]);
    expect(results[0]).toMatch(/^DeterminismViolationError/);
  });
});
