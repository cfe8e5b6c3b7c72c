// `npm run record-histories`: real runs along every path, and what they leave: the histories that later releases must be
// able to replay, the store that they must be able to migrate, and the commit that they must be able to take over from.

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { Command } from 'commander';
import { say } from '../../src/cli/output.ts';
import { openSession } from '../../src/cli/session.ts';
import { findTemporalBinary } from '../../src/runtime/temporal-binary.ts';
import { prepareCrm } from '../crm.ts';
import { generateProject } from '../generate.ts';
import { openCrm, startUp } from '../up.ts';
import { type RecordedHistory, recordChain } from './chain.ts';
import { SCENARIOS, type Stage } from './scenarios.ts';
import { dumpStore } from './store-dump.ts';

const ROOT = fileURLToPath(new URL(import.meta.url.includes('/dist/') ? '../../..' : '../..', import.meta.url));
const CUSTOMERS = { rows: 150, seed: 1 };
/** A run goes on as new where Temporal suggests it: here after a few batches. */
const EVENTS = 60;
const RANGE_BYTES = 4_096;

interface Options {
  readonly release: string;
  readonly only?: string;
  readonly out: string;
}

async function record({ release, only, out }: Options): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'tributary-record-'));
  chmodSync(dir, 0o755); // PostgreSQL may run as another user, which must be able to enter
  try {
    process.env['TEMPORAL_CLI_PATH'] = await eagerTemporal(dir);
    process.env['TRIBUTARY_RANGE_BYTES'] = String(RANGE_BYTES);
    const { exportFile } = generateProject(dir, { customers: CUSTOMERS, match: ['external_id', 'email'] });
    addTwin(exportFile);
    const up = await startUp(dir, { workers: 1 });
    const crm = await openCrm(up);
    const session = await openSession({ project: dir, json: true }, { workers: 0 });
    try {
      await prepareCrm(crm, { set: CUSTOMERS });
      const folder = join(out, 'histories', release);
      if (only === undefined) rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true });
      await recordAll({ dir, session, crm }, { folder, only });
      if (only !== undefined) return;
      const store = JSON.stringify(await dumpStore(session.store.pool));
      mkdirSync(join(out, 'stores'), { recursive: true });
      writeFileSync(
        join(out, 'stores', `${release}.json.gz`),
        gzipSync(store.replaceAll(dir, '/project'), { level: 9 }),
      );
      const commit = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).trim();
      writeFileSync(join(out, 'release.json'), `${JSON.stringify({ release, commit }, null, 2)}\n`);
    } finally {
      await crm.end();
      await session.close();
      await up.stop();
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function recordAll(
  stage: Stage,
  { folder, only }: { readonly folder: string; readonly only: string | undefined },
): Promise<void> {
  for (const [name, run] of Object.entries(SCENARIOS)) {
    const chains: RecordedHistory[] = [];
    for (const workflowId of await run(stage))
      chains.push(...(await recordChain(stage.session.client, { workflowId, dir: stage.dir })));
    const packed = gzipSync(JSON.stringify(chains), { level: 9 });
    if (only === undefined || only === name) writeFileSync(join(folder, `${name}.json.gz`), packed);
    say(`${name}: ${chains.length} histories, ${packed.length} bytes`);
  }
}

/** The embedded server, but for when it suggests to go on as new. */
async function eagerTemporal(dir: string): Promise<string> {
  const binary = await findTemporalBinary({ log: say });
  const path = join(dir, 'temporal.sh');
  const flag = `--dynamic-config-value limit.historyCount.suggestContinueAsNew=${EVENTS}`;
  writeFileSync(
    path,
    `#!/bin/sh\ncase "$1" in server) exec '${binary}' "$@" ${flag};; *) exec '${binary}' "$@";; esac\n`,
  );
  chmodSync(path, 0o755);
  return path;
}

/** Two new customers with one e-mail address: the second one waits for a round. */
function addTwin(file: string): void {
  const text = readFileSync(file, 'utf8').trimEnd();
  const last = text.slice(text.lastIndexOf('\n') + 1);
  writeFileSync(file, `${text}\n${last.replace(/^[^,]*/, 'TWIN-1')}\n`);
}

const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { readonly version: string };
const program = new Command('record-histories')
  .description('Records runs along every path: for the replay tests of later releases.')
  .option('--release <version>', 'which release this is', version)
  .option('--only <scenario>', 'write the file of one path only')
  .option('--out <folder>', 'where', join(ROOT, 'test/replay'));
for (const name of ['TRIBUTARY_DATA_DIR', 'DATABASE_URL', 'TEMPORAL_ADDRESS'])
  Reflect.deleteProperty(process.env, name);
await record(program.parse().opts<Options>());
process.exit(0);
