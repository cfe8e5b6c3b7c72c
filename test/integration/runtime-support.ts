// A data folder of its own for a test, and programs compiled from the sources, which Node cannot run itself.

import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A new empty project folder that other users may enter, unless `closed`. */
export function temporaryProject(options: { readonly closed?: boolean } = {}): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tributary-runtime-')));
  chmodSync(folder, options.closed === true ? 0o700 : 0o755);
  return folder;
}

/**
 * Compiles a module of src/ with all that it imports, and a program of the test's own that imports it as
 * `./src/…`; gives the program's path. It lies in the repository, so that packages are found.
 */
export function compileProgram(module: string, program: string): { readonly path: string; remove(): void } {
  const cache = join(root, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'tributary-test-'));
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
  const args = ['--ignoreConfig', '--outDir', folder, '--rootDir', root, '--target', 'es2023', '--module', 'nodenext'];
  const flags = ['--rewriteRelativeImportExtensions', '--skipLibCheck', '--noCheck', '--types', 'node'];
  const compiled = spawnSync(process.execPath, [tsc, ...args, ...flags, module], { cwd: root, encoding: 'utf8' });
  if (compiled.status !== 0) throw new Error(`${compiled.stdout}${compiled.stderr}`);
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'program.js'), program);
  return { path: join(folder, 'program.js'), remove: () => rmSync(folder, { recursive: true, force: true }) };
}
