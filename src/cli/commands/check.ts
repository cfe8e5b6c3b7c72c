import { writeSchemas } from '../../config/json-schema.ts';
import type { Project } from '../../config/load.ts';
import type { CodeQuery } from '../../domain/definition.ts';
import { SyncError } from '../../domain/errors.ts';
import { readCodes } from '../../runtime/code-tables.ts';
import { type Connections, openConnections } from '../../runtime/connections.ts';
import { missingColumns } from '../../transform/columns.ts';
import type { Cli } from '../main.ts';
import { EXIT, exitCodeOf, paint, print, printJson } from '../output.ts';
import { openSession, type Session } from '../session.ts';

interface Finding {
  readonly what: string;
  readonly ok: boolean;
  readonly says: string;
  readonly code?: string;
  readonly hint?: string;
}

export function addCheck({ program, act }: Cli): void {
  program
    .command('check')
    .description('check the configuration, then open every connection')
    .action(
      act(async (options) => {
        const session = await openSession(options, { workers: 0 });
        try {
          await writeSchemas(session.project.dir);
          const findings = await checkConnections(session);
          if (options.json) printJson({ project: session.project.name, findings });
          else show(session.project, findings);
          const failed = findings.find((one) => !one.ok);
          return failed === undefined ? EXIT.done : exitCodeOf(failed.code ?? '');
        } finally {
          await session.close();
        }
      }),
    );
}

async function checkConnections({ project, databaseUrl }: Session): Promise<readonly Finding[]> {
  const connections = openConnections({ projectDir: project.dir, storeUrl: databaseUrl, env: process.env });
  const findings: Finding[] = [];
  for (const sync of Object.values(project.syncs)) {
    findings.push(await finding(`sync ${sync.sync}`, () => checkSource(project, connections, sync.sync)));
  }
  const destinations = new Set(Object.values(project.objects).map((object) => object.destination));
  for (const name of destinations)
    findings.push(await finding(`destination ${name}`, () => checkDestination(project, connections, name)));
  for (const query of codeQueries(project))
    findings.push(await finding(`codes of ${query.table}`, () => checkCodes(project, connections, query)));
  await connections.close();
  return findings;
}

async function checkSource(project: Project, connections: Connections, sync: string): Promise<string> {
  const definition = project.syncs[sync];
  const connection = project.connections[definition?.stream.connection ?? ''];
  if (definition === undefined || connection === undefined) throw new Error('the project was checked before');
  const source = await connections.source(connection);
  return source.check(definition.stream, { missing: (columns) => missingColumns(definition, columns) });
}

async function checkDestination(project: Project, connections: Connections, name: string): Promise<string> {
  const connection = project.connections[name];
  if (connection === undefined) throw new Error('the project was checked before');
  const objects = Object.values(project.objects).filter((object) => object.destination === name);
  return (await connections.destination(connection)).check(objects);
}

/** Every table of codes that some mapping needs from a database. */
function codeQueries(project: Project): readonly CodeQuery[] {
  const mappings = Object.values(project.syncs).flatMap(({ map }) => Object.values(map));
  const queries = mappings.flatMap(({ codesFrom }) => codesFrom ?? []);
  return [...new Map(queries.map((query) => [JSON.stringify(query), query])).values()];
}

async function checkCodes(project: Project, connections: Connections, query: CodeQuery): Promise<string> {
  return `${Object.keys(await readCodes(project, query, connections)).length} codes`;
}

async function finding(what: string, check: () => Promise<string>): Promise<Finding> {
  try {
    return { what, ok: true, says: await check() };
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    return { what, ok: false, says: error.message, code: error.code, hint: error.hint };
  }
}

function show(project: Project, findings: readonly Finding[]): void {
  print(
    `${paint('green', '✓')} configuration of ${project.name}: ${Object.keys(project.syncs).length} syncs, ${Object.keys(project.objects).length} objects`,
  );
  for (const { what, ok, says, code, hint } of findings) {
    print(`${ok ? paint('green', '✓') : paint('red', '✗')} ${what}: ${code === undefined ? '' : `${code} `}${says}`);
    if (hint !== undefined) print(paint('dim', `  ${hint}`));
  }
}
