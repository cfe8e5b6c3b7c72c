// The example company's CRM, looked at as a whole.

import type { TestProject } from './project.ts';

/** Columns that tell when and how often a row was written, not what it says. */
export const VOLATILE: readonly string[] = ['created_at', 'updated_at', 'write_count'];

/**
 * For each table of the CRM, how many rows it has and one digest over all of them. The keys are the list of the tables.
 *
 * @param except columns that do not count
 */
export async function crmDigest(
  project: Pick<TestProject, 'crm'>,
  except: readonly string[] = [],
): Promise<Readonly<Record<string, string>>> {
  const tables = await project.crm(
    `select table_name as name, string_agg(quote_ident(column_name), ', ' order by ordinal_position) as columns
     from information_schema.columns where table_schema = 'crm' and column_name <> all($1) group by 1 order by 1`,
    [except],
  );
  const digests: Record<string, string> = {};
  for (const { name, columns } of tables) {
    const [row] = await project.crm(
      `select count(*) || ' rows ' || coalesce(md5(string_agg(t::text, E'\\n' order by t::text)), '') as digest
       from (select ${columns} from crm."${name}") t`,
    );
    digests[name] = row?.['digest'];
  }
  return digests;
}

/** The same without our own table of delivery markers: what the CRM's people see. */
export async function crmContent(project: Pick<TestProject, 'crm'>): Promise<Readonly<Record<string, string>>> {
  const { tributary_delivery: _ours, ...tables } = await crmDigest(project, VOLATILE);
  return tables;
}

/** What the CRM says, by table, in an order and with references that do not depend on how ids were given. */
export const CONTENT: Readonly<Record<'owner' | 'account' | 'contact' | 'sales_order', string>> = {
  owner: `select case when id <= 25 then id end as old_id, employee_no, full_name, email, phone, active, team, write_count
    from crm.owner order by id > 25, old_id, employee_no collate "C"`,
  account: `select case when a.id <= 200 then a.id end as old_id, a.external_id, a.name, a.email, a.phone, a.street, a.city,
      a.postal_code, a.country, a.status, a.credit_limit, a.tier, o.employee_no as owner, a.notes, a.industry, a.write_count
    from crm.account a left join crm.owner o on o.id = a.owner_id
    order by a.id > 200, old_id, a.external_id collate "C"`,
  contact: `select case when c.id <= 120 then c.id end as old_id, c.external_id, a.external_id as account, c.name, c.email,
      c.phone, c.title, c.verified_at, c.newsletter, c.notes, c.write_count
    from crm.contact c left join crm.account a on a.id = c.account_id
    order by c.id > 120, old_id, c.external_id collate "C", c.email collate "C", c.name collate "C", c.phone collate "C"`,
  sales_order: `select s.order_no, a.external_id as account, s.ordered_on::text, s.amount, s.currency, s.status, s.remark,
      s.write_count
    from crm.sales_order s join crm.account a on a.id = s.account_id order by s.order_no collate "C"`,
};

/** How often the rows of a table were written, by count. */
export async function writeCounts(project: Pick<TestProject, 'crm'>): Promise<Readonly<Record<string, unknown>>> {
  const counts: Record<string, unknown> = {};
  for (const table of Object.keys(CONTENT)) {
    const rows = await project.crm(
      `select write_count, count(*)::integer as rows from crm.${table} group by 1 order by 1`,
    );
    counts[table] = Object.fromEntries(rows.map((row) => [row['write_count'], row['rows']]));
  }
  return counts;
}

/** Keeps the CRM's rows as they are, for `changedColumns`. */
export async function rememberCrm(project: Pick<TestProject, 'crm'>): Promise<void> {
  await project.crm('create schema before');
  for (const table of Object.keys(CONTENT)) await project.crm(`create table before.${table} as table crm.${table}`);
}

/** Which columns of remembered rows differ now: the ids, as ranges, by the names of the columns. */
export async function changedColumns(
  project: Pick<TestProject, 'crm'>,
  table: string,
): Promise<Readonly<Record<string, string>>> {
  const rows = await project.crm(
    `select changed, array_agg(id order by id) as ids from (
       select old.id, (select string_agg(key, ' ' order by key) from jsonb_each(to_jsonb(old)) as columns (key, value)
         where value is distinct from to_jsonb(now) -> key and key <> all($1)) as changed
       from before.${table} old left join crm.${table} now using (id)) as compared
     where changed is not null group by 1`,
    [VOLATILE],
  );
  return Object.fromEntries(rows.map(({ changed, ids }) => [changed, ranges(ids)]));
}

function ranges(ids: readonly number[]): string {
  const starts = ids.filter((id) => !ids.includes(id - 1));
  const ends = ids.filter((id) => !ids.includes(id + 1));
  return starts.map((start, index) => (start === ends[index] ? `${start}` : `${start}-${ends[index]}`)).join(' ');
}
