// A file connection in a folder of its own.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { sourceKinds } from '../../src/sources/registry.ts';
import type { Source } from '../../src/sources/source.ts';

export interface TestFolder {
  /** The project's folder; the files are in `exports`. */
  dir(): string;
  /** The path of a file in `exports`. */
  path(name: string): string;
  put(name: string, content: string | Uint8Array): Promise<void>;
  open(path?: string, rangeBytes?: number): Promise<Source>;
}

/** Makes a new folder for each test of the file. */
export function testFolder(): TestFolder {
  let project = '';
  beforeEach(async () => {
    project = await mkdtemp(join(tmpdir(), 'tributary-file-'));
    await mkdir(join(project, 'exports'));
  });
  afterEach(() => rm(project, { recursive: true, force: true }));
  const path = (name: string): string => join(project, 'exports', name);
  return {
    dir: () => project,
    path,
    put: async (name, content) => {
      await mkdir(dirname(path(name)), { recursive: true });
      await writeFile(path(name), content);
    },
    open: async (folder = './exports', rangeBytes = 1 << 23) => {
      const kind = sourceKinds.get('file');
      if (kind === undefined) throw new Error('no file source');
      const connection = { name: 'erp', kind: 'file', settings: {} };
      return kind.open(connection, kind.parse({ path: folder }), { projectDir: project, rangeBytes });
    },
  };
}
