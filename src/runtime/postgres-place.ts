// Where the embedded PostgreSQL keeps its data: in the project's data folder, or, when that is closed to the user that
// PostgreSQL runs as, in a place of its own that a note in the data folder names.

import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, realpathSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SyncError } from '../domain/errors.ts';
import { isRoot } from './files.ts';
import type { Log } from './log.ts';
import { canReach, sharedRoot, type RunAs } from './postgres-user.ts';

/** The place of one project's embedded PostgreSQL. */
export interface PostgresPlace {
  /** PostgreSQL's data folder (PGDATA). Need not exist yet. */
  readonly data: string;
  /** The folder around it, which exists. */
  readonly folder: string;
  readonly passwordFile: string;
  readonly logFile: string;
}

/**
 * Finds or makes the place. As root with a project folder that the user cannot enter, it is
 * `/var/lib/tributary/<hash of the data folder's path>`.
 */
export function postgresPlace(dataDir: string, user: RunAs, log: Log): PostgresPlace {
  const folder = join(dataDir, 'postgres');
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, isRoot() ? 0o711 : 0o700);
  const common = { passwordFile: join(folder, 'password'), logFile: join(folder, 'postgres.log') };
  if (canReach(user, folder)) return { ...common, folder, data: join(folder, 'data') };
  const elsewhere = placeElsewhere(dataDir, folder, log);
  if (canReach(user, elsewhere)) return { ...common, folder: elsewhere, data: join(elsewhere, 'data') };
  throw new SyncError('runtime.postgres', {
    message: `PostgreSQL refuses to run as root, and the user it would run as can enter neither ${folder} nor ${elsewhere}. Set DATABASE_URL, run Tributary as another user, or set TRIBUTARY_DATA_DIR to a folder that others may enter`,
    details: { folder, elsewhere },
  });
}

function placeElsewhere(dataDir: string, folder: string, log: Log): string {
  const hash = createHash('sha256').update(realpathSync(dataDir)).digest('hex').slice(0, 16);
  const elsewhere = join(sharedRoot(), hash);
  const noteFile = join(folder, 'MOVED.txt');
  if (existsSync(noteFile)) refuseCopy(noteFile, elsewhere);
  else if (existsSync(elsewhere)) renameSync(elsewhere, `${elsewhere}.deleted-${Date.now()}`);
  mkdirSync(elsewhere, { recursive: true });
  chmodSync(elsewhere, 0o711);
  if (!existsSync(noteFile)) {
    writeFileSync(noteFile, note(elsewhere, folder));
    log(`keeping PostgreSQL's data in ${elsewhere}: the user it runs as cannot enter ${folder}`);
  }
  return elsewhere;
}

/** A data folder that was moved or copied names the place of another path: two projects must not share one database. */
function refuseCopy(noteFile: string, elsewhere: string): void {
  const noted = readFileSync(noteFile, 'utf8').split('\n')[0];
  if (noted === elsewhere) return;
  throw new SyncError('runtime.postgres', {
    message: `${noteFile} says that the database is in ${noted}, which belongs to the path this folder had before. If the folder was moved, rename ${noted} to ${elsewhere} and write that in the first line of the note; if it was copied, delete the note and the password beside it to start with an empty database`,
    details: { noted, expected: elsewhere },
  });
}

function note(elsewhere: string, folder: string): string {
  return `${elsewhere}
The embedded PostgreSQL of this project keeps its data in the folder above: Tributary runs as root, PostgreSQL refuses
to, and the user it runs as cannot enter ${folder}. Delete both folders to start anew.
`;
}
