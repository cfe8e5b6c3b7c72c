// Publication: the file is made new of the working table and put in place as a whole.

import type { SourceRecord } from '../../domain/values.ts';
import { type Client, quoteIdentifier } from '../../postgres/client.ts';
import type { Place } from './edits.ts';
import { type FileLayout, fromTable } from './layout.ts';
import { ID, PUBLISHED } from './tables.ts';

const PAGE = 2_000;

/**
 * Writes the file where something has changed since it was written. Deliveries wait meanwhile. The file is in place
 * before the database notes so: a crash in between leaves a file that says what the table says, which is no edit.
 */
export async function publishTable(place: Place, layout: FileLayout, progress: () => void): Promise<void> {
  const { tables, folder } = place;
  await tables.alone(layout.table, async (client) => {
    if (!(await isStale(client, place, layout))) return;
    let records = 0;
    const file = await folder.replace(layout.fileName, async (handle) => {
      const writer = layout.createWriter();
      await handle.writeFile(writer.begin());
      for await (const page of pages(client, place, layout)) {
        await handle.writeFile(writer.write(page));
        records += page.length;
        progress();
      }
      await handle.writeFile(writer.end());
    });
    const image = imageOf(layout);
    await client.query(
      `update ${tables.sql(layout.table)} t set ${PUBLISHED} = ${image} where ${PUBLISHED} is distinct from ${image}`,
    );
    await tables.saveState(client, layout.table, { file, records });
  });
}

async function isStale(client: Client, { tables, folder }: Place, layout: FileLayout): Promise<boolean> {
  const state = await tables.state(client, layout.table);
  if (state === null) return false;
  if (state.stale || (await folder.identity(layout.fileName)) === null) return true;
  const { rows } = await client.query<{ records: number; changed: boolean }>(
    `select count(*) as records, coalesce(bool_or(${PUBLISHED} is distinct from ${imageOf(layout)}), false) as changed
     from ${tables.sql(layout.table)} t`,
  );
  return rows[0]?.changed === true || rows[0]?.records !== state.records;
}

/** What the file says of a record, as `tributary_published` keeps it. */
function imageOf({ columns }: FileLayout): string {
  const names = columns.map(({ name }) => quoteIdentifier(name));
  return `(select to_jsonb(image) from (select ${names.map((name) => `t.${name}::text as ${name}`).join(', ')}) image)`;
}

/** All records in the order of their ids; numbers by size. */
async function* pages(client: Client, { tables }: Place, layout: FileLayout): AsyncGenerator<readonly SourceRecord[]> {
  const { table, columns, id } = layout;
  const cells = columns.map(({ name }, index) => `${quoteIdentifier(name)}::text as f${index}`);
  for (let after = ''; ;) {
    const { rows } = await client.query<Record<string, string | null> & { id: string }>(
      `select ${[`${ID} as id`, ...cells].join(', ')} from ${tables.sql(table)}
       where (length(${ID}), ${ID}) > ($1::integer, $2) order by length(${ID}), ${ID} limit ${PAGE}`,
      [after.length, after],
    );
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows.map((row) =>
      Object.fromEntries([
        [id, row.id],
        ...columns.map((column, index) => [column.name, fromTable(column, row[`f${index}`] ?? null)]),
      ]),
    );
    after = last.id;
  }
}
