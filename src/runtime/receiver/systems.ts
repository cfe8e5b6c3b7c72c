// The systems as the project's files say now: looked at every few seconds, read again only when a file has changed.

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Adapter } from '../../adapters/adapter.ts';
import { authenticationSchema, openAdapter } from '../../adapters/registry.ts';
import type { Project } from '../../config/load.ts';
import { resolveSecrets } from '../../config/secrets.ts';
import type { SystemDefinition } from '../../config/systems.ts';
import { SyncError } from '../../domain/errors.ts';
import { type OpenSystem, type OpenSystems, openSystem } from '../../server/systems.ts';
import type { Log } from '../log.ts';
import { openProject } from '../project.ts';

const LOOK_EVERY_MS = 5_000;

export interface LiveSystems {
  /** As last read. */
  current(): OpenSystems;
  stop(): void;
}

/** Reads the systems; files that become wrong later are told, and the last right ones stay in force. */
export async function watchSystems(projectDir: string, log: Log): Promise<LiveSystems> {
  let stamp = await stampOf(projectDir);
  let systems = await readSystems(projectDir, log);
  const look = async (): Promise<void> => {
    const now = await stampOf(projectDir);
    if (now === stamp) return;
    stamp = now;
    systems = await readSystems(projectDir, log);
    log('the configuration has changed: systems are read again');
  };
  const timer = setInterval(() => {
    look().catch((error: unknown) => log(`warning: the configuration as it was stays in force: ${messageOf(error)}`));
  }, LOOK_EVERY_MS);
  timer.unref();
  return { current: () => systems, stop: () => clearInterval(timer) };
}

/** A system whose secret is missing answers so; the others work. */
export async function readSystems(projectDir: string, log: Log): Promise<OpenSystems> {
  const project = await openProject(projectDir);
  const open = await Promise.all(
    Object.values(project.systems).map(async (system): Promise<[string, OpenSystem]> => {
      const adapters = await adaptersOf(system, project);
      if (adapters instanceof SyncError) log(`warning: ${adapters.message}; requests of ${system.name} are refused`);
      const syncs = Object.values(project.syncs);
      return [system.name, openSystem(system, { adapters, syncs, now: Date.now() })];
    }),
  );
  return new Map(open);
}

/** With secrets as they are now; or what is wrong with them. */
export async function adaptersOf(
  system: SystemDefinition,
  { dir }: Pick<Project, 'dir'>,
): Promise<readonly Adapter[] | SyncError> {
  try {
    return await Promise.all(system.authentication.map((way) => adapterOf(system.name, way, dir)));
  } catch (error) {
    return error instanceof SyncError ? error : unusable(system.name, error);
  }
}

async function adapterOf(
  name: string,
  way: SystemDefinition['authentication'][number],
  projectDir: string,
): Promise<Adapter> {
  const settings = { ...way };
  const resolved = await resolveSecrets({ name, kind: way.kind, settings }, { env: process.env, projectDir });
  return openAdapter(authenticationSchema.parse(resolved));
}

function unusable(name: string, error: unknown): SyncError {
  // What adapters and their syntax say holds no secret.
  return new SyncError('config.invalid', { message: `the authentication of ${name}: ${messageOf(error)}` });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Changes when a file of the configuration does. */
async function stampOf(projectDir: string): Promise<string> {
  const syncs: readonly string[] = await readdir(join(projectDir, 'syncs')).catch(() => []);
  const files = ['tributary.yaml', ...syncs.map((name) => join('syncs', name))];
  const stamps = await Promise.all(
    files.map(async (file) => {
      const found = await stat(join(projectDir, file)).catch(() => null);
      return `${file} ${found?.mtimeMs ?? ''} ${found?.size ?? ''}`;
    }),
  );
  return stamps.join('\n');
}
