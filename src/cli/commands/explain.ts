import { SyncError } from '../../domain/errors.ts';
import { openConnections } from '../../runtime/connections.ts';
import { type Explained, type ExplainedField, explainRecord } from '../../steps/explain.ts';
import { showValue } from '../changes.ts';
import type { Cli } from '../main.ts';
import { requireObject } from '../objects.ts';
import { EXIT, paint, print, printJson } from '../output.ts';
import { openSession, type Session } from '../session.ts';

export function addExplain({ program, act }: Cli): void {
  program
    .command('explain <object> <id> [field]')
    .description('where every value of a CRM record comes from; the id is the CRM’s or a strong id')
    .action(
      act(async (options, ...[object, id, field]: [string, string, string | undefined]) => {
        const session = await openSession(options, { workers: 0 });
        try {
          const explained = await explain(session, { object, id, field });
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
  { object: name, id, field }: { readonly object: string; readonly id: string; readonly field?: string | undefined },
): Promise<Explained> {
  const { object, connection } = requireObject(project, name);
  if (field !== undefined && object.fields[field] === undefined) {
    throw new SyncError('config.usage', {
      message: `${name} has no field ${field}; it has ${Object.keys(object.fields).join(', ')}`,
    });
  }
  const connections = openConnections({ projectDir: project.dir, storeUrl: databaseUrl, env: process.env });
  try {
    const explained = await explainRecord(
      { db: store.pool, object, destination: await connections.destination(connection) },
      id,
    );
    if (explained === null)
      throw new SyncError('explain.not_found', { message: `no source has spoken of the ${name} ${id}` });
    return field === undefined
      ? explained
      : { ...explained, fields: explained.fields.filter((one) => one.field === field) };
  } finally {
    await connections.close();
  }
}

export function renderExplained({ object, crmId, state, fields }: Explained): string {
  return [`${paint('bold', `${object} ${crmId}`)} (${state})`, ...fields.flatMap(renderField)].join('\n');
}

function renderField({ field, now, resolved, claims, history }: ExplainedField): readonly string[] {
  const lines = [`  ${paint('bold', field)} = ${showValue(now)}`];
  const written = history[0];
  if (written !== undefined && resolved !== undefined) {
    const { sync, key, rule, policy } = written.why;
    const from = sync === null ? rule : `${sync} ${key ?? ''}, rule ${rule}`;
    lines.push(
      `      from ${from}${policy === undefined ? '' : `, conflict: ${policy} wins`}; was ${showValue(written.before)}`,
      paint('dim', `      run ${written.run}`),
    );
  } else if (resolved === undefined) lines.push(paint('dim', '      the CRM’s own; no source speaks of it'));
  else lines.push(paint('dim', '      never written: the CRM had this value, or its policy kept it'));
  for (const claim of claims) {
    const wins = resolved?.why.sync === claim.sync && resolved.why.key === claim.key;
    lines.push(
      `      ${wins ? paint('green', '●') : '○'} ${claim.sync} ${claim.key}: ${showValue(claim.value)}${claim.version === null ? '' : paint('dim', ` at ${claim.version}`)}`,
    );
  }
  for (const older of history.slice(1))
    lines.push(
      paint('dim', `      before that: ${showValue(older.before)} → ${showValue(older.after)} by ${older.run}`),
    );
  return lines;
}
