// A data folder of its own for a test, and programs compiled from the sources, which Node cannot run itself.

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeDataDir } from '../../src/runtime/files.ts';
import { freePort, rememberPorts } from '../../src/runtime/ports.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A new empty project folder that other users may enter, unless `closed`. */
export function temporaryProject(options: { readonly closed?: boolean } = {}): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tributary-runtime-')));
  chmodSync(folder, options.closed === true ? 0o700 : 0o755);
  return folder;
}

/**
 * The data folder of a new project, with ports of its own as those used last time: another Tributary on this machine
 * may want the usual ones at any moment.
 */
export async function dataDirWithFreePorts(): Promise<string> {
  const dataDir = join(temporaryProject(), '.tributary');
  makeDataDir(dataDir);
  const [postgres, temporal, ui] = [await freePort([]), await freePort([]), await freePort([])];
  rememberPorts(dataDir, { postgres, temporal, temporal_ui: ui });
  return dataDir;
}

/** A compiled program; see `compileProgram`. */
export interface Program {
  readonly path: string;
  remove(): void;
}

/**
 * Compiles modules of src/ with all that they import, and a program of the test's own that imports them as
 * `./src/….js`; gives the program's path. It lies in the repository, so that packages are found.
 */
export function compileProgram(modules: readonly string[], program: string): Program {
  const cache = join(root, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'tributary-test-'));
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
  const args = ['--ignoreConfig', '--outDir', folder, '--rootDir', root, '--target', 'es2023', '--module', 'nodenext'];
  const flags = ['--rewriteRelativeImportExtensions', '--skipLibCheck', '--noCheck', '--types', 'node'];
  const compiled = spawnSync(process.execPath, [tsc, ...args, ...flags, ...modules], { cwd: root, encoding: 'utf8' });
  if (compiled.status !== 0) throw new Error(`${compiled.stdout}${compiled.stderr}`);
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'program.js'), program);
  return { path: join(folder, 'program.js'), remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Runs a program, as a process group of its own, and waits for the first thing it prints. */
export async function runUntilItPrints(
  path: string,
  args: readonly string[] = [],
): Promise<{ readonly child: ChildProcess; readonly printed: string }> {
  const child = spawn(process.execPath, [path, ...args], { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`${path} ended with ${String(code)}`)));
  const printed: unknown[] = await Promise.race([once(child.stdout, 'data'), ended]);
  ended.catch(() => {}); // it may end as it likes from here on
  return { child, printed: String(printed[0]) };
}
