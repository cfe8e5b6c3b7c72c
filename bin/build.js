// Compiles TypeScript to dist/ and bundles the workflows, so that a worker starts in about two seconds, and the command
// line, which would else read a thousand files before it answers.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);

let tsc;
try {
  tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
} catch {
  console.error('tributary: not building, because the development dependencies are not installed');
  process.exit(existsSync(join(root, 'dist')) ? 0 : 1);
}

rmSync(join(root, 'dist'), { recursive: true, force: true });
const compiled = spawnSync(process.execPath, [tsc, '-p', root], { stdio: 'inherit', cwd: root });
if (compiled.status !== 0) process.exit(compiled.status ?? 1);
cpSync(join(root, 'src/store/migrations'), join(root, 'dist/src/store/migrations'), { recursive: true });
cpSync(join(root, 'src/functions/host.js'), join(root, 'dist/src/functions/host.js'));

const { build } = await import('rolldown');
const bundle = join(root, 'dist/cli');
await build({
  input: join(root, 'dist/src/cli/main.js'),
  platform: 'node',
  // Native code.
  external: ['@swc/core', 'pg-native'],
  plugins: [
    {
      name: "a worker has one copy of Temporal's packages",
      resolveId: (name) =>
        name.endsWith('/runtime/worker.js') ? { id: '../src/runtime/worker.js', external: true } : null,
    },
    {
      name: 'modules keep the place that they name files by',
      transform: (code, id) =>
        code.includes('import.meta.url')
          ? code.replaceAll('import.meta.url', `new URL(${JSON.stringify(relative(bundle, id))}, import.meta.url).href`)
          : null,
    },
  ],
  output: { dir: bundle, format: 'esm' },
  logLevel: 'warn',
});

const { buildWorkflowBundle } = await import(pathToFileURL(join(root, 'dist/src/runtime/workflow-bundle.js')).href);
writeFileSync(join(root, 'dist/workflow-bundle.js'), await buildWorkflowBundle());
writeFileSync(join(root, 'dist/.built'), '');
