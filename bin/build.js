// Compiles TypeScript to dist/ and bundles the workflows, so that a worker starts in about two seconds.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
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

const { buildWorkflowBundle } = await import(pathToFileURL(join(root, 'dist/src/runtime/workflow-bundle.js')).href);
writeFileSync(join(root, 'dist/workflow-bundle.js'), await buildWorkflowBundle());
writeFileSync(join(root, 'dist/.built'), '');
