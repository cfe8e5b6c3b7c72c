// What `tributary init` found and wrote, for people and for programs.

import type { Violation } from '../domain/values.ts';
import type { InitPlan } from './init-plan.ts';
import { paint, table } from './output.ts';

interface Tried {
  readonly accepted: number;
  readonly rejected: number;
  /** Records by what is wrong with them, the most frequent first. */
  readonly violations: readonly { readonly field: string | null; readonly rule: string; readonly records: number }[];
}

/** One JSON document. `written` is empty where nothing was. */
export function initReport(plan: InitPlan, written: readonly string[]): unknown {
  const { found } = plan;
  if (found === null) return { written };
  const { proposal, findings } = found;
  const { sample, keys, columns } = findings;
  const { fields, open, unused } = proposal.mapping;
  return {
    written,
    sync: proposal.name,
    object: proposal.object,
    file: proposal.file,
    format: sample.format,
    encoding: sample.encoding,
    record: sample.record,
    records: sample.records.length,
    unreadable: sample.unreadable,
    whole: sample.whole,
    columns: columns.length,
    key: keys.keys,
    version: keys.versions,
    fields: Object.fromEntries(
      fields.map(({ field, from, says }) => [
        field,
        'cel' in from ? { cel: from.cel, says } : { from: from.path, says },
      ]),
    ),
    open: open.map(({ field }) => field),
    unused: unused.map(({ column }) => column.path),
    tried: triedOn(plan),
  };
}

export function renderInit(plan: InitPlan, written: readonly string[], project: string): string {
  const parts = [...(plan.found === null ? [] : [foundText(plan)]), writtenText(written), nextText(plan, project)];
  return parts.join('\n\n');
}

function foundText(plan: InitPlan): string {
  if (plan.found === null) return '';
  const { proposal, findings } = plan.found;
  const { sample, keys } = findings;
  const { fields, open, unused } = proposal.mapping;
  const { format, encoding, record, records, unreadable, whole } = sample;
  const looked = records.length + unreadable;
  const place = record === '' ? '' : `, records at ${record}`;
  const { accepted, rejected, violations } = triedOn(plan);
  return [
    `${paint('bold', proposal.file)}: ${format}, ${encoding.encoding} (${encoding.by})${place}; ${whole ? 'all' : 'the first'} ${looked} records were looked at`,
    ...(unreadable === 0 ? [] : [`  ${unreadable} of them cannot be read`]),
    `  key      ${keys.keys[0]?.path ?? 'none'}: ${keys.keys[0]?.says ?? ''}`,
    `  version  ${keys.versions[0] === undefined ? 'none' : `${keys.versions[0].path}: ${keys.versions[0].says}`}`,
    `  fields   ${fields.length} of ${fields.length + open.length} of ${proposal.object}${open.length === 0 ? '' : `; nothing for ${open.map(({ field }) => field).join(', ')}`}`,
    ...(unused.length === 0 ? [] : [`  unused   ${unused.map(({ column }) => column.path).join(', ')}`]),
    `  tried    ${accepted} of these records would be accepted, ${rejected} rejected`,
    ...(violations.length === 0
      ? []
      : [
          indent(
            table(
              ['records', 'field', 'rule'],
              violations.map(({ records: count, field, rule }) => [count, field ?? '', rule]),
            ),
          ),
        ]),
  ].join('\n');
}

function writtenText(written: readonly string[]): string {
  return [paint('bold', 'Written'), ...written.map((file) => `  ${file}`)].join('\n');
}

function nextText({ found }: InitPlan, project: string): string {
  const at = project === '.' ? '' : ` --project ${project}`;
  const steps =
    found === null
      ? [
          'name your systems and the CRM’s tables in tributary.yaml',
          `tributary${at} init --from FILE    proposes a sync from an export`,
        ]
      : [
          `look through syncs/${found.proposal.name}.yaml: its comments say why each line is there`,
          `tributary${at} check`,
          `tributary${at} run ${found.proposal.name} --dry-run`,
        ];
  return [paint('bold', 'Next'), ...steps.map((step) => `  ${step}`)].join('\n');
}

function triedOn({ outcomes }: InitPlan): Tried {
  const counts = new Map<string, { readonly of: Violation; records: number }>();
  let rejected = 0;
  for (const outcome of outcomes) {
    if (outcome.kind !== 'rejected') continue;
    rejected++;
    for (const violation of outcome.violations) {
      const key = `${violation.field ?? ''}\n${violation.rule}`;
      const count = counts.get(key) ?? { of: violation, records: 0 };
      count.records++;
      counts.set(key, count);
    }
  }
  const violations = [...counts.values()]
    .toSorted((a, b) => b.records - a.records)
    .map(({ of: { field, rule }, records }) => ({ field: field ?? null, rule, records }));
  return { accepted: outcomes.length - rejected, rejected, violations };
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '           ');
}
