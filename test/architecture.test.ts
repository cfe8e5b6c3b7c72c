// Who may import whom. The folders' promises (pure, deterministic, replaceable) hold because nothing else can reach in.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { buildWorkflowBundle, workflowBundlePath } from '../src/runtime/workflow-bundle.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

interface Import {
  readonly file: string;
  /** A file of ours, from the root, or a package's name. */
  readonly target: string;
  readonly typeOnly: boolean;
}

interface Source {
  readonly file: string;
  readonly text: string;
  /** Without comments. */
  readonly code: string;
  readonly imports: readonly Import[];
}

const STATEMENT = /^(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm;
const DYNAMIC = /\bimport\(\s*'([^']+)'\s*\)/g;

function read(file: string): Source {
  const text = readFileSync(join(root, file), 'utf8');
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');
  const importOf = (specifier: string, typeOnly: boolean): Import => ({
    file,
    target: targetOf(file, specifier),
    typeOnly,
  });
  const imports = [
    ...[...code.matchAll(STATEMENT)].map(([, type, specifier = '']) => importOf(specifier, type !== undefined)),
    ...[...code.matchAll(DYNAMIC)].map(([, specifier = '']) => importOf(specifier, false)),
  ];
  return { file, text, code, imports };
}

function targetOf(file: string, specifier: string): string {
  if (specifier.startsWith('.')) return relative(root, resolve(root, dirname(file), specifier));
  const [scope = '', name = ''] = specifier.split('/');
  return specifier.startsWith('@') ? `${scope}/${name}` : specifier.startsWith('node:') ? specifier : scope;
}

function filesIn(folder: string): readonly string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name))
    .toSorted();
}

const product = ['src', 'activities', 'workflows'].flatMap(filesIn).map(read);
const everything = [...product, ...['bench', 'examples', 'test'].flatMap(filesIn).map(read)];

/** `src/merge/plan.ts` is of `merge`; `workflows/gate.ts` of `workflows`. */
function folderOf(file: string): string {
  const [top = '', second = ''] = file.split('/');
  return top === 'src' ? second : top;
}

function isOurs(target: string): boolean {
  return /^(src|workflows|activities|test|bench|examples)\//.test(target);
}

/** What each folder may import besides itself: folders of ours (`type` for types only), and packages. */
interface Fence {
  readonly folders: readonly string[];
  readonly types?: readonly string[];
  readonly packages: readonly string[];
}

const FENCES: Readonly<Record<string, Fence>> = {
  domain: { folders: [], packages: [] },
  adapters: { folders: [], packages: ['zod', 'node:crypto'] },
  expressions: { folders: ['domain'], packages: ['@marcbachmann/cel-js'] },
  identifiers: { folders: [], packages: ['i18n-iso-countries', 'ibantools', 'libphonenumber-js', 'node:module'] },
  transform: {
    folders: ['domain', 'expressions', 'identifiers'],
    types: [],
    packages: ['zod', 'luxon', 'node:crypto', 'libphonenumber-js'],
  },
  validate: { folders: ['domain', 'expressions', 'identifiers', 'transform'], packages: ['zod'] },
  merge: { folders: ['domain'], packages: ['node:crypto'] },
  formats: { folders: ['domain'], packages: ['csv-parse', 'fast-xml-parser', 'iconv-lite', 'saxes'] },
  fingerprint: { folders: ['domain'], packages: ['xxhash-wasm'] },
  postgres: { folders: [], packages: ['pg', 'pg-copy-streams', 'node:stream', 'node:stream/promises'] },
  sources: {
    folders: ['domain', 'formats', 'postgres'],
    packages: [
      'zod',
      'yauzl',
      'node:crypto',
      'node:fs',
      'node:fs/promises',
      'node:path',
      'node:stream',
      'node:stream/promises',
      'node:timers/promises',
      'node:zlib',
    ],
  },
  destinations: {
    folders: ['domain', 'formats', 'postgres'],
    packages: ['zod', 'node:fs', 'node:fs/promises', 'node:path'],
  },
  store: {
    folders: ['domain', 'postgres', 'fingerprint'],
    types: ['profile'],
    packages: ['node:crypto', 'node:fs', 'node:util', 'node:zlib'],
  },
  config: {
    folders: ['domain', 'adapters'],
    packages: ['zod', 'yaml', 'csv-parse', 'node:crypto', 'node:fs/promises', 'node:path'],
  },
  infer: { folders: ['domain', 'formats', 'transform'], packages: ['yaml'] },
  'project-test': { folders: ['domain', 'formats', 'transform', 'validate'], types: ['config'], packages: [] },
  functions: {
    folders: ['domain'],
    types: ['transform'],
    packages: ['zod', '@swc/core', 'node:child_process', 'node:os', 'node:path', 'node:url'],
  },
  notify: { folders: ['domain'], packages: ['node:child_process', 'node:events'] },
  profile: { folders: ['domain'], packages: [] },
  steps: {
    folders: ['domain', 'fingerprint', 'merge', 'postgres', 'profile', 'store', 'transform', 'validate'],
    types: ['destinations', 'formats', 'notify', 'sources'],
    packages: ['node:crypto'],
  },
  triggers: {
    folders: ['domain', 'store'],
    types: ['config', 'postgres'],
    packages: ['@temporalio/client', '@temporalio/common', 'node:crypto'],
  },
  server: {
    folders: ['adapters', 'domain', 'formats', 'transform'],
    types: ['config', 'store'],
    packages: ['zod', 'node:http', 'node:net', 'node:util', 'node:zlib'],
  },
  activities: { folders: ['domain', 'steps', 'store'], packages: ['@temporalio/activity'] },
  workflows: {
    folders: ['domain'],
    types: ['steps', 'activities'],
    packages: ['@temporalio/workflow', '@temporalio/common'],
  },
};

function breaches(folder: string, { folders, types = [], packages }: Fence): readonly string[] {
  const allowed = ({ target, typeOnly }: Import): boolean => {
    if (!isOurs(target)) return packages.includes(target);
    const other = folderOf(target);
    return other === folder || folders.includes(other) || (typeOnly && types.includes(other));
  };
  return product
    .filter(({ file }) => folderOf(file) === folder)
    .flatMap(({ imports }) => imports.filter((one) => !allowed(one)))
    .map(({ file, target, typeOnly }) => `${file} imports ${target}${typeOnly ? ' (type)' : ''}`);
}

const kindOf = (path: string): string | undefined => /^src\/(?:sources|destinations)\/([^/]+)\//.exec(path)?.[1];

describe('import fences', () => {
  test.each(Object.entries(FENCES))('%s imports only what it may', (folder, fence) => {
    expect(breaches(folder, fence)).toEqual([]);
  });

  test('every folder has a fence, but for the ones that put all together', () => {
    const folders = new Set(product.map(({ file }) => folderOf(file)));
    const composing = ['cli', 'runtime', 'server', 'triggers', 'security', 'docs'];
    expect([...folders].filter((folder) => FENCES[folder] === undefined && !composing.includes(folder))).toEqual([]);
  });

  test('nobody imports the command line, and only it and the runtime put things together', () => {
    const reaching = product.flatMap(({ file, imports }) =>
      imports
        .filter(({ target }) => target.startsWith('src/cli/') && folderOf(file) !== 'cli')
        .map(({ target }) => `${file} imports ${target}`),
    );
    expect(reaching).toEqual([]);
  });

  test('the product never imports tests, examples or benchmarks', () => {
    const reaching = product.flatMap(({ imports }) =>
      imports.filter(({ target }) => /^(test|examples|bench)\//.test(target)),
    );
    expect(reaching).toEqual([]);
  });

  test('a kind of source or destination imports no other kind', () => {
    const reaching = product.flatMap(({ file, imports }) =>
      imports.filter(
        ({ target }) => kindOf(file) !== undefined && kindOf(target) !== undefined && kindOf(target) !== kindOf(file),
      ),
    );
    expect(reaching).toEqual([]);
  });

  test('relative imports name the file, and the file exists', () => {
    const missing = everything.flatMap(({ imports }) =>
      imports.filter(({ target }) => isOurs(target) && !(target.endsWith('.ts') && existsSync(join(root, target)))),
    );
    expect(missing).toEqual([]);
  });

  test('the check itself sees what it must', () => {
    const found = product.find(({ file }) => file === 'workflows/gate.ts')?.imports ?? [];
    expect(found).toContainEqual({ file: 'workflows/gate.ts', target: 'src/steps/gate.ts', typeOnly: true });
    expect(found).toContainEqual({ file: 'workflows/gate.ts', target: 'workflows/activity-stubs.ts', typeOnly: false });
    const wrong = breaches('workflows', { folders: [], packages: [] });
    expect(wrong).toContain('workflows/gate.ts imports src/steps/gate.ts (type)');
    expect(wrong.length).toBeGreaterThan(10);
  });
});

describe('pure folders are pure', () => {
  const pure = [
    'domain',
    'adapters',
    'expressions',
    'profile',
    'transform',
    'validate',
    'merge',
    'formats',
    'fingerprint',
    'project-test',
    'infer',
  ];
  const impure =
    /\bprocess\.|\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bsetTimeout\b|\bsetInterval\b|\bconsole\.|\bfetch\(/;

  test.each(pure)('%s asks neither the clock, nor chance, nor the process', (folder) => {
    const files = product.filter(({ file }) => folderOf(file) === folder);
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter(({ code }) => impure.test(code)).map(({ file }) => file)).toEqual([]);
  });
});

describe('house rules', () => {
  test('no file of the product has more than 400 lines', () => {
    const long = product.filter(({ text }) => text.split('\n').length > 401);
    expect(long.map(({ file }) => file)).toEqual([]);
  });

  test('there are no default exports', () => {
    expect(
      everything
        .filter(({ code }) => /^export default\b|^export \{[^}]*\bas default\b/m.test(code))
        .map(({ file }) => file),
    ).toEqual([]);
  });
});

/** The prebuilt one where nothing has changed since; else a new one. */
async function bundle(): Promise<string> {
  const prebuilt = workflowBundlePath();
  const newest = Math.max(
    ...[...filesIn('workflows'), ...filesIn('src/domain')].map((file) => statSync(join(root, file)).mtimeMs),
  );
  const fresh = existsSync(prebuilt) && statSync(prebuilt).mtimeMs > newest;
  return fresh ? readFileSync(prebuilt, 'utf8') : buildWorkflowBundle();
}

describe('the workflow bundle', () => {
  test(
    'is built of workflows and src/domain alone, without zod or anything of Node',
    { timeout: 120_000 },
    async () => {
      const code = await bundle();
      const modules = [...code.matchAll(/^\/\*{3}\/ "\.\/([^"]+)"/gm)].map(([, module = '']) =>
        module.replace(/^dist\//, ''),
      );
      const ours = modules
        .filter((module) => !module.startsWith('node_modules/'))
        .map((module) => module.replace(/\.[jt]s$/, ''));
      expect(ours).toContain('workflows/sync-run');
      expect(ours.filter((module) => !/^(workflows|src\/domain)\//.test(module))).toEqual([]);
      const packages = new Set(
        modules.flatMap((module) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(module)?.[1] ?? []),
      );
      expect([...packages].toSorted()).toEqual([
        '@temporalio/common',
        '@temporalio/workflow',
        'long',
        'ms',
        'nexus-rpc',
      ]);
      expect(code).not.toContain('zod');
      expect(code).not.toMatch(/require\("(node:)?(fs|net|http|child_process|crypto)"\)/);
    },
  );
});
