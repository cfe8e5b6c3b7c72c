// What `tributary init` is going to write: found out and checked as a whole before anything is written.

import { existsSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { compileSync, formatOf } from '../config/compile.ts';
import type { Project } from '../config/load.ts';
import { dashedName, plainName } from '../config/scalars.ts';
import { syncSchema } from '../config/schema-sync.ts';
import type { ConnectionDefinition, ObjectDefinition, StreamDefinition } from '../domain/definition.ts';
import { SyncError } from '../domain/errors.ts';
import { chooseObject, type Findings, proposeBoth, proposeFor, study } from '../infer/infer-sync.ts';
import { renderProject } from '../infer/render-project.ts';
import { renderSync, type SyncProposal } from '../infer/render-sync.ts';
import { readSample } from '../infer/sample.ts';
import { patternOf, stemOf } from '../infer/stream-name.ts';
import { compileTrial, type Outcome } from '../project-test/outcome.ts';
import { openProject } from '../runtime/project.ts';
import type { RunCalls } from '../transform/user-functions.ts';
import { readFirstBytes } from './sample-file.ts';

export interface InitOptions {
  readonly from?: string;
  readonly object?: string;
  readonly name?: string;
  readonly record?: string;
  readonly records: number;
}

export interface InitPlan {
  /** Texts by the names of files that are not there yet. */
  readonly files: Readonly<Record<string, string>>;
  /** Null without a sample. */
  readonly found: { readonly proposal: SyncProposal; readonly findings: Findings } | null;
  /** What the sync makes of the sample's records. */
  readonly outcomes: readonly Outcome[];
}

/** A project without a sync. */
export async function planEmpty(dir: string): Promise<InitPlan> {
  if (existsSync(join(dir, 'tributary.yaml')))
    throw usage(`${dir} has a tributary.yaml already; --from FILE adds a sync to it`);
  const text = renderProject({ name: projectName(dir), connections: {}, object: null });
  const files = { 'tributary.yaml': text };
  await openProject(dir, files);
  return { files, found: null, outcomes: [] };
}

/** A sync for a file, in a project that may be new. */
export async function planFrom(dir: string, file: string, options: InitOptions): Promise<InitPlan> {
  checkNames(options);
  const project = existsSync(join(dir, 'tributary.yaml')) ? await openProject(dir) : null;
  const path = resolve(file);
  const place = project === null ? newPlace(dir, path) : placeIn(project, path);
  const findings = await look(path, options);
  if (findings.keys.keys.length === 0) throw noKey(findings);
  const plan =
    project === null ? planBoth(dir, place, { findings, options }) : planSync(project, place, { findings, options });
  const name = plan.proposal.name;
  if (existsSync(join(dir, `syncs/${name}.yaml`)))
    throw usage(`syncs/${name}.yaml is there already; choose another name with --name, or look first with --print`);
  const files = { ...plan.files, [`syncs/${name}.yaml`]: renderSync(plan.proposal) };
  const made = await openProject(dir, files);
  const sync = made.syncs[name];
  const object = made.objects[sync?.object ?? ''];
  if (sync === undefined || object === undefined) throw new Error('the project was checked with its drafts');
  const outcomes = await compileTrial(sync, object)(
    { records: findings.sample.records },
    { run: callNothing, now: undefined },
  );
  return { files, found: { proposal: plan.proposal, findings }, outcomes };
}

/** A proposal calls no functions of the project. */
const callNothing: RunCalls = async () => [];

function checkNames({ name, object }: InitOptions): void {
  for (const [option, schema, given] of [
    ['--name', dashedName, name],
    ['--object', plainName, object],
  ] as const) {
    const problem = given === undefined ? undefined : schema.safeParse(given).error?.issues[0]?.message;
    if (problem !== undefined) throw usage(`${option}: ${problem}; found ${given}`);
  }
}

interface Place {
  readonly connection: string;
  /** Inside the connection's folder, with `/`. */
  readonly path: string;
  /** For a connection that has to be written. */
  readonly folder: string;
}

interface Basis {
  readonly findings: Findings;
  readonly options: InitOptions;
}

interface Planned {
  readonly proposal: SyncProposal;
  readonly files: Readonly<Record<string, string>>;
}

function planBoth(dir: string, place: Place, { findings, options }: Basis): Planned {
  const { object, mapping } = proposeBoth(findings, options.object);
  const connections = { [place.connection]: place.folder };
  const text = renderProject({ name: projectName(dir), connections, object });
  const proposal = proposalOf(place, { findings, options }, { object: object.name, mapping });
  return { proposal, files: { 'tributary.yaml': text } };
}

function planSync(project: Project, place: Place, basis: Basis): Planned {
  const object = objectFor(project, basis);
  const mapping = proposeFor(object, basis.findings);
  return { proposal: proposalOf(place, basis, { object: object.name, mapping }), files: {} };
}

function proposalOf(
  { connection, path }: Place,
  { findings, options }: Basis,
  to: Pick<SyncProposal, 'object' | 'mapping'>,
): SyncProposal {
  const { sample, keys } = findings;
  const name = options.name ?? `${connection}-${stemOf(path) || to.object.replaceAll('_', '-')}`;
  return { name, connection, file: basename(path), stream: patternOf(path), sample, keys, ...to };
}

function objectFor(project: Project, { findings, options }: Basis): ObjectDefinition {
  const objects = Object.values(project.objects);
  const names = objects.map(({ name }) => name).join(', ') || 'none yet';
  const { object: wanted } = options;
  const object = wanted === undefined ? chooseObject(objects, findings) : objects.find(({ name }) => name === wanted);
  if (object === undefined || object === null) {
    const why =
      wanted === undefined
        ? 'no object of tributary.yaml has a field like these columns'
        : `there is no object ${wanted} in tributary.yaml`;
    throw usage(`${why} (${names}); describe the object there, then run this again`);
  }
  return object;
}

async function look(path: string, { records, record }: InitOptions): Promise<Findings> {
  const { bytes, whole } = await readFirstBytes(path);
  const sample = readSample({ bytes, whole, named: formatOf(path), record, maxRecords: records }, baseStream());
  return study(sample, path);
}

/** A stream with all defaults. */
function baseStream(): StreamDefinition {
  const from = { connection: 'sample', stream: 'sample.csv', key: 'id' };
  return compileSync(syncSchema.parse({ sync: 'sample', from, to: 'sample', map: {} }), {}).stream;
}

function noKey({ columns, sample }: Findings): SyncError {
  const names = columns.map(({ column }) => column.path).slice(0, 20);
  return usage(
    `no column tells the ${sample.records.length} records apart (${names.join(', ')}): a sync needs one that is never empty and hardly ever the same. Several may do so together: write the sync by hand with \`key: [a, b]\``,
  );
}

function newPlace(dir: string, path: string): Place {
  const folder = dirname(path);
  return { connection: connectionName(folder), path: basename(path), folder: shownPath(dir, folder) };
}

/** The innermost connection of kind file whose folder has the file. */
function placeIn(project: Project, path: string): Place {
  const found = Object.values(project.connections)
    .flatMap((connection) => {
      const folder = folderOf(project, connection);
      const inside = folder === null ? '..' : relative(folder, path).replaceAll(sep, '/');
      if (folder === null || inside.startsWith('..') || isAbsolute(inside)) return [];
      return [{ connection: connection.name, path: inside, folder }];
    })
    .toSorted((a, b) => b.folder.length - a.folder.length);
  if (found[0] !== undefined) return found[0];
  const { connection, folder } = newPlace(project.dir, path);
  throw usage(
    `no connection of tributary.yaml has the folder of ${path}; add \`${connection}: { kind: file, path: ${folder} }\` under \`connections\`, then run this again`,
  );
}

function folderOf(project: Project, { kind, settings }: ConnectionDefinition): string | null {
  const { path } = settings;
  return kind === 'file' && typeof path === 'string' && !path.includes('${') ? resolve(project.dir, path) : null;
}

function shownPath(dir: string, folder: string): string {
  const path = relative(dir, folder).replaceAll(sep, '/');
  return path === '' ? '.' : path.startsWith('..') || isAbsolute(path) ? path : `./${path}`;
}

function connectionName(folder: string): string {
  const name = dashed(basename(folder));
  return name === '' || name === 'crm' ? 'files' : name;
}

function projectName(dir: string): string {
  return dashed(basename(resolve(dir))) || 'project';
}

function dashed(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[-\d]+|-+$/g, '')
    .slice(0, 60);
}

function usage(message: string): SyncError {
  return new SyncError('config.usage', { message });
}
