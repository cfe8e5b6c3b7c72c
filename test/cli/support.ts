// Runs a command of the command line in this process, for commands that need no server.

import { Command } from 'commander';
import { vi } from 'vitest';
import type { Cli } from '../../src/cli/main.ts';
import { report } from '../../src/cli/output.ts';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Run {
  readonly project?: string;
  readonly json?: boolean;
}

export async function runCommand(add: (cli: Cli) => void, args: readonly string[], run: Run = {}): Promise<Ran> {
  const { project = '.', json = false } = run;
  const said = { code: 0, stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      said[stream] += String(text);
      return true;
    }),
  );
  vi.stubEnv('NO_COLOR', '1');
  const program = new Command().exitOverride();
  add({
    program,
    act:
      (action) =>
      async (...given) => {
        said.code = await action({ project, json }, ...given).catch((error: unknown) => report(error, json));
      },
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
  } finally {
    for (const spy of spies) spy.mockRestore();
    vi.unstubAllEnvs();
  }
  return said;
}
