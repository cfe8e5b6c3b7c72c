// PostgreSQL refuses to run as root: there it runs as another user, who must reach its programs and its data.

import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { SyncError } from '../domain/errors.ts';
import { isRoot } from './files.ts';
import type { Log } from './log.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';

/** The user to run as; uid and gid are absent where it is simply ours. */
export interface RunAs {
  readonly uid?: number;
  readonly gid?: number;
}

/** Where root keeps what another user must reach, when the project's own folder is closed to others. */
const SHARED_ROOT = '/var/lib/tributary';

/** As root: the user `postgres`, else `tributary-postgres`, which is made if need be. Otherwise ourselves. */
export function postgresUser(log: Log): RunAs {
  if (!isRoot()) return {};
  const known = userIds('postgres') ?? userIds(OWN_USER);
  if (known !== undefined) return known;
  log(`making the user ${OWN_USER}, because PostgreSQL refuses to run as root`);
  for (const [command, args] of MAKE_USER) spawnSync(command, args, { stdio: 'ignore' });
  const made = userIds(OWN_USER);
  if (made !== undefined) return made;
  throw new SyncError('runtime.postgres', {
    message: `PostgreSQL refuses to run as root, and neither useradd nor adduser could make the user ${OWN_USER}. Run Tributary as another user, or set DATABASE_URL`,
  });
}

/** Whether the user can enter the folder (or run the file), through all of its parents. */
export function canReach(user: RunAs, path: string): boolean {
  if (user.uid === undefined) return true;
  return spawnSync('/bin/sh', ['-c', 'test -x "$0"', path], { ...user, cwd: '/', stdio: 'ignore' }).status === 0;
}

/**
 * Programs that the user can run: the given ones, or a copy of them in a place open to all when they lie in a folder
 * that is closed to others, such as /root.
 */
export function reachableBinaries(binaries: PostgresBinaries, user: RunAs, log: Log): PostgresBinaries {
  if (canReach(user, join(binaries.home, 'bin/postgres'))) return binaries;
  const home = join(sharedRoot(), `postgresql-${binaries.version}`);
  if (!existsSync(home)) {
    log(`copying PostgreSQL to ${home}, where the user it runs as can reach it`);
    const draft = `${home}.${process.pid}`;
    cpSync(binaries.home, draft, { recursive: true, verbatimSymlinks: true });
    chmodSync(draft, 0o755);
    replaceFolder(draft, home);
  }
  return { ...binaries, home };
}

/** The folder, open to passing through, under which root keeps what another user must reach. */
export function sharedRoot(): string {
  mkdirSync(SHARED_ROOT, { recursive: true });
  chmodSync(SHARED_ROOT, 0o711);
  return SHARED_ROOT;
}

/** Gives a folder and everything in it to the user. Links are given themselves, never what they point to. */
export function giveTo(user: RunAs, path: string): void {
  if (user.uid === undefined || user.gid === undefined) return;
  const stat = lstatSync(path);
  if (stat.isSymbolicLink()) return;
  if (stat.uid !== user.uid) chownSync(path, user.uid, user.gid);
  if (!stat.isDirectory()) return;
  for (const name of readdirSync(path)) giveTo(user, join(path, name));
}

const OWN_USER = 'tributary-postgres';

/** Debian, Red Hat and others; then Alpine. Whichever is there makes the user, the other one fails. */
const MAKE_USER: readonly (readonly [string, readonly string[]])[] = [
  ['useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/bin/false', OWN_USER]],
  ['adduser', ['-S', '-D', '-H', '-s', '/bin/false', OWN_USER]],
];

function userIds(name: string): { readonly uid: number; readonly gid: number } | undefined {
  const [uid, gid] = ['-u', '-g'].map((flag) => {
    const asked = spawnSync('id', [flag, name], { encoding: 'utf8' });
    return asked.status === 0 ? Number(asked.stdout) : Number.NaN;
  });
  return uid === undefined || gid === undefined || Number.isNaN(uid + gid) ? undefined : { uid, gid };
}

/** Another process may have made the same copy meanwhile: then ours is not needed. */
function replaceFolder(draft: string, home: string): void {
  try {
    renameSync(draft, home);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(home)) throw error;
  }
}
