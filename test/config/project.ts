// Project folders for the tests of configuration.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { SyncError } from '../../src/domain/errors.ts';
import { loadProject, type LoadOptions, type Project } from '../../src/config/load.ts';
import type { Problem } from '../../src/config/problems.ts';

export type Files = Readonly<Record<string, string | Uint8Array>>;

export const KINDS: LoadOptions = {
  sourceKinds: ['file', 'postgres'],
  tableKinds: ['postgres'],
  destinationKinds: ['postgres', 'warehouse'],
};

export const TRIBUTARY = `project: example
connections:
  erp: { kind: file, path: ./erp }
  oa: { kind: file, path: ./oa }
  crm: { kind: postgres, url: "\${env:CRM_URL}" }
objects:
  account:
    destination: crm
    fields:
      external_id: { type: text, strong: true, required: true }
      name: { type: text, required: true }
      email: { type: email }
      credit_limit: { type: decimal }
      owner: { type: reference, object: owner, by: employee_no, column: owner_id }
  owner:
    destination: crm
    fields:
      employee_no: { type: text, strong: true }
`;

export const SYNC = `sync: customers
from: { connection: erp, stream: "customers-*.csv", key: id }
to: account
map:
  external_id: id
  name: { from: name, apply: [squash] }
check:
  - { cel: 'size(name) > 1' }
`;

export const FILES = { 'tributary.yaml': TRIBUTARY, 'syncs/customers.yaml': SYNC } as const;

export async function withProject<T>(files: Files, use: (dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'tributary-config-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(dir, name)), { recursive: true });
      await writeFile(join(dir, name), text);
    }
    return await use(dir);
  } finally {
    await rm(dir, { recursive: true });
  }
}

export function loadFiles(files: Files, options: LoadOptions = KINDS): Promise<Project> {
  return withProject(files, (dir) => loadProject(dir, options));
}

/** The problems of a project that is wrong; none when it is right. */
export async function problemsOf(files: Files, options: LoadOptions = KINDS): Promise<readonly Problem[]> {
  try {
    await loadFiles(files, options);
    return [];
  } catch (error) {
    if (!(error instanceof SyncError) || error.code !== 'config.invalid') throw error;
    const problems: readonly Problem[] = Object(error.details['problems']);
    return problems;
  }
}

/** `file:line:column  message [suggestion]`. */
export function brief(problem: Problem): string {
  const suggestion = problem.suggestion === undefined ? '' : ` [${problem.suggestion}]`;
  return `${problem.file}:${problem.line}:${problem.column}  ${problem.message}${suggestion}`;
}
