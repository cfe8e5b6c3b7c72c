import { SyncError } from '../../domain/errors.ts';
import { locate, openConnections } from '../../runtime/connections.ts';
import { type Explained, explainRecord } from '../../steps/explain.ts';
import { renderExplained } from '../explain-view.ts';
import type { Cli } from '../main.ts';
import { requireObject } from '../objects.ts';
import { EXIT, print, printJson } from '../output.ts';
import { openSession, type Session } from '../session.ts';

type ExplainArguments = [
  object: string,
  id: string,
  field: string | undefined,
  options: { readonly history?: boolean },
];

interface Question {
  readonly object: string;
  readonly id: string;
  readonly field?: string | undefined;
  readonly history?: boolean;
}

export function addExplain({ program, act }: Cli): void {
  program
    .command('explain <object> <id> [field]')
    .description('where every value of a CRM record comes from; the id is the CRM’s or a strong id')
    .option('--history', 'all that was ever written to the fields, with the place of each source record')
    .action(
      act(async (options, ...[object, id, field, { history = false }]: ExplainArguments) => {
        const session = await openSession(options, { workers: 0 });
        try {
          const explained = await explain(session, { object, id, field, history });
          if (options.json) printJson(explained);
          else print(renderExplained(explained));
          return EXIT.done;
        } finally {
          await session.close();
        }
      }),
    );
}

export async function explain(
  { project, databaseUrl, store }: Pick<Session, 'project' | 'databaseUrl' | 'store'>,
  { object: name, id, field, history = false }: Question,
): Promise<Explained> {
  const { object, connection } = requireObject(project, name);
  if (field !== undefined && object.fields[field] === undefined) {
    throw new SyncError('config.usage', {
      message: `${name} has no field ${field}; it has ${Object.keys(object.fields).join(', ')}`,
    });
  }
  const connections = openConnections({ projectDir: project.dir, storeUrl: databaseUrl, env: process.env });
  try {
    const place = { db: store.pool, object, destination: await connections.destination(connection), locate };
    const explained = await explainRecord(place, { id, field: field ?? null, history });
    if (explained === null)
      throw new SyncError('explain.not_found', { message: `no source has spoken of the ${name} ${id}` });
    return explained;
  } finally {
    await connections.close();
  }
}
