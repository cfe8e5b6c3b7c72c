import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { findSyncTests, loadSyncTests, type SyncTestCase } from '../../config/load-sync-tests.ts';
import type { Project } from '../../config/load.ts';
import { runDefinition } from '../../config/run-definition.ts';
import { SyncError } from '../../domain/errors.ts';
import { compileTrial, type RawInput, type Trial } from '../../project-test/outcome.ts';
import { asExpectation, type CaseResult, runCase } from '../../project-test/run-case.ts';
import { createFunctions } from '../../runtime/functions.ts';
import { openProject } from '../../runtime/project.ts';
import type { Cli } from '../main.ts';
import { EXIT, print, printJson } from '../output.ts';
import { renderResults } from '../test-report.ts';

/** Of a file in gzip. */
const MAX_BYTES = 256 * 1024 * 1024;

interface TestOptions {
  readonly name?: string;
  readonly sync?: string;
  readonly actual: boolean;
}

export function addTest({ program, act }: Cli): void {
  program
    .command('test [files...]')
    .description('run the tests of the syncs (*.sync-test.yaml), without any server')
    .option('--name <text>', 'only cases whose name has this text')
    .option('--sync <sync>', 'only cases of this sync')
    .option('--actual', 'show of every case that failed what came out, ready to be copied into the test', false)
    .action(
      act(async (options, files: readonly string[], choice: TestOptions) => {
        const project = await openProject(options.project);
        const cases = choose(await loadSyncTests(project, await pathsOf(project, files)), choice);
        const results = await runAll(project, cases);
        if (options.json) printJson(report(results));
        else print(renderResults(results, choice));
        return results.every(({ ok }) => ok) ? EXIT.done : EXIT.failed;
      }),
    );
}

async function pathsOf(project: Project, files: readonly string[]): Promise<readonly string[]> {
  if (files.length > 0) return files.map((file) => findFile(project, file));
  const found = await findSyncTests(project.dir);
  if (found.length > 0) return found;
  throw new SyncError('config.usage', {
    message: `there is no *.sync-test.yaml in ${project.dir}, its syncs/ or its tests/`,
  });
}

/** A path as the shell completes it, or one inside the project, as the output of this command has it. */
function findFile(project: Project, file: string): string {
  const found = [resolve(file), resolve(project.dir, file)].find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new SyncError('config.usage', { message: `there is no file ${file}` });
}

function choose(cases: readonly SyncTestCase[], { name = '', sync }: TestOptions): readonly SyncTestCase[] {
  const text = name.toLowerCase();
  const chosen = cases.filter(
    (one) => one.name.toLowerCase().includes(text) && (sync === undefined || one.sync === sync),
  );
  if (chosen.length > 0) return chosen;
  throw new SyncError('config.usage', { message: `none of the ${cases.length} cases is meant by these options` });
}

async function runAll(project: Project, cases: readonly SyncTestCase[]): Promise<readonly CaseResult[]> {
  const trials = new Map<string, Trial>();
  const functions = createFunctions(project.dir);
  const results: CaseResult[] = [];
  try {
    for (const one of cases) {
      const trial = trials.get(one.sync) ?? trialOf(project, one.sync);
      trials.set(one.sync, trial);
      const run = functions.of(runDefinition(project, one.sync));
      results.push(await runCase(one, { trial, run, input: await readInput(one) }));
    }
  } finally {
    functions.close();
  }
  return results;
}

function trialOf(project: Project, name: string): Trial {
  const sync = project.syncs[name];
  const object = project.objects[sync?.object ?? ''];
  if (sync === undefined || object === undefined) throw new Error('the project was checked before');
  return compileTrial(sync, object);
}

async function readInput({ input, file, line }: SyncTestCase): Promise<RawInput> {
  if (input.kind === 'records') return input;
  if (input.kind === 'text') return { bytes: Buffer.from(input.text), encoding: 'utf-8' };
  try {
    const bytes = await readFile(input.path);
    return {
      bytes: bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes, { maxOutputLength: MAX_BYTES }) : bytes,
    };
  } catch (cause) {
    throw new SyncError('config.usage', { message: `${file}:${line}: ${input.path} cannot be read`, cause });
  }
}

function report(results: readonly CaseResult[]): unknown {
  const failed = results.filter(({ ok }) => !ok).length;
  return {
    passed: results.length - failed,
    failed,
    cases: results.map(({ of: { sync, name, file, line }, ok, differences, outcomes }) => ({
      sync,
      case: name,
      file,
      line,
      ok,
      ...(ok ? {} : { differences, actual: asExpectation(outcomes) }),
    })),
  };
}
