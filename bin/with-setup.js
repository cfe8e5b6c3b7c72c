// Runs a script of this repository after installing and building whatever is missing or older than its sources.
// Usage: node bin/with-setup.js SCRIPT [ARGUMENT …]. Setup speaks on stderr only: stdout belongs to the script.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const toStderr = { cwd: root, stdio: ['ignore', 2, 2] };

function run(label, command, args) {
  process.stderr.write(`tributary: ${label} …\n`);
  const done = spawnSync(command, args, { ...toStderr, shell: process.platform === 'win32' });
  if (done.status !== 0) {
    process.stderr.write(`tributary: ${command} ${args.join(' ')} failed; see the lines above\n`);
    process.exit(3);
  }
}

function newest(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(
    0,
    ...readdirSync(path)
      .filter((name) => !name.startsWith('.') && name !== 'data')
      .map((name) => newest(join(path, name))),
  );
}

const mtime = (name) => (existsSync(join(root, name)) ? statSync(join(root, name)).mtimeMs : 0);
const sources = [
  'src',
  'workflows',
  'activities',
  'bench',
  'examples',
  'bin/build.js',
  'tsconfig.json',
  'package.json',
];

if (mtime('node_modules/.package-lock.json') < mtime('package-lock.json')) {
  run('installing dependencies and building', 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}
if (mtime('dist/.built') < Math.max(...sources.map((name) => newest(join(root, name))))) {
  run('building', process.execPath, [join(root, 'bin/build.js')]);
}

const [script, ...args] = process.argv.slice(2);
const path = resolve(root, script);
process.argv = [process.argv[0], path, ...args];
await import(pathToFileURL(path).href);
