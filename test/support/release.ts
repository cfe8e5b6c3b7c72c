// The release before this one, built from the repository's history: to see runs that it began end under this one.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Release {
  readonly release: string;
  readonly commit: string;
}

/** As `npm run record-histories` has noted it. */
export function lastRelease(): Release {
  return JSON.parse(readFileSync(join(ROOT, 'test/replay/release.json'), 'utf8')); // written by the recorder
}

/** Why it cannot be built here; null when it can. */
export function whyNoRelease({ release, commit }: Release): string | null {
  const found = spawnSync('git', ['cat-file', '-e', `${commit}^{commit}`], { cwd: ROOT });
  return found.status === 0
    ? null
    : `${release} is commit ${commit.slice(0, 12)}, which this (shallow?) clone does not have`;
}

/** Builds it once, with the packages of this one. @returns its folder */
export function buildRelease({ commit }: Release): string {
  const folder = join(ROOT, 'node_modules/.cache', `tributary-release-${commit.slice(0, 12)}`);
  const done = join(folder, '.whole');
  if (existsSync(done)) return folder;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const archive = spawnSync('git', ['archive', commit], { cwd: ROOT, maxBuffer: 1 << 30 });
  const unpacked = spawnSync('tar', ['-x', '-C', folder], { input: archive.stdout });
  if (archive.status !== 0 || unpacked.status !== 0) throw new Error(`${commit} could not be unpacked`);
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const built = spawnSync(process.execPath, ['bin/build.js'], { cwd: folder, encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`${commit} could not be built:\n${built.stdout}${built.stderr}`);
  writeFileSync(done, '');
  return folder;
}
