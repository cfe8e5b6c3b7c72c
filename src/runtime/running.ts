// runtime.json: what runs for a project, for the commands that a person gives in another terminal.

import { readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { replaceFile } from './files.ts';
import { projectOwner } from './project-lock.ts';
import { TEMPORAL_CONNECT } from './temporal-connect.ts';

const RUNNING = z.object({
  /** The process that runs `tributary up`. */
  pid: z.number().int(),
  databaseUrl: z.string(),
  temporal: TEMPORAL_CONNECT,
  uiUrl: z.string().nullable(),
  taskQueue: z.string(),
  /** Where events are received; absent where nothing sends any. */
  receiverUrl: z.string().exactOptional(),
  startedAt: z.iso.datetime(),
});

/** The services of a project that is up. Holds credentials: never print it. */
export type RunningServices = z.infer<typeof RUNNING>;

/** The project's data folder: TRIBUTARY_DATA_DIR, else `.tributary` in the project. Always absolute. */
export function dataDirOf(projectDir: string, env: NodeJS.ProcessEnv = process.env): string {
  const named = env['TRIBUTARY_DATA_DIR'];
  return named === undefined || named === '' ? resolve(projectDir, '.tributary') : resolve(named);
}

/** What runs in this data folder, or null when nothing does or its owner was killed. */
export async function readRunning(dataDir: string): Promise<RunningServices | null> {
  const owner = projectOwner(dataDir);
  if (owner === null) return null;
  try {
    const running = RUNNING.parse(JSON.parse(readFileSync(runtimeFile(dataDir), 'utf8')));
    return running.pid === owner.pid ? running : null;
  } catch {
    return null;
  }
}

export function writeRunning(dataDir: string, running: RunningServices): void {
  replaceFile(runtimeFile(dataDir), `${JSON.stringify(running, null, 2)}\n`);
}

export function removeRunning(dataDir: string): void {
  rmSync(runtimeFile(dataDir), { force: true });
}

function runtimeFile(dataDir: string): string {
  return join(dataDir, 'runtime.json');
}
