// Results of `tributary test` for people.

import { stringify } from 'yaml';
import { groupBy } from '../domain/collections.ts';
import type { Difference } from '../project-test/compare.ts';
import { asExpectation, type CaseResult } from '../project-test/run-case.ts';
import { paint } from './output.ts';

/** One line a file, then every case that failed, then the sum. */
export function renderResults(results: readonly CaseResult[], { actual }: { readonly actual: boolean }): string {
  const files = groupBy(results, ({ of }) => of.file);
  const failed = results.filter(({ ok }) => !ok);
  return [
    ...[...files].map(([file, cases]) => fileLine(file, cases)),
    ...failed.map((result) => `\n${renderFailure(result, actual)}`),
    `\n${sum(results.length, failed.length)}`,
  ].join('\n');
}

function fileLine(file: string, cases: readonly CaseResult[]): string {
  const failed = cases.filter(({ ok }) => !ok).length;
  const count = cases.length === 1 ? '1 case' : `${cases.length} cases`;
  if (failed === 0) return `${paint('green', '✓')} ${file}: ${count}`;
  return `${paint('red', '✗')} ${file}: ${failed} of ${count} failed`;
}

function sum(all: number, failed: number): string {
  const passed = paint('green', `${all - failed} passed`);
  return failed === 0 ? passed : `${paint('red', `${failed} failed`)}, ${passed}`;
}

function renderFailure({ of, differences, outcomes }: CaseResult, actual: boolean): string {
  const head = `${paint('red', '✗')} ${paint('bold', `${of.sync} › ${of.name}`)}  ${paint('dim', `${of.file}:${of.line}`)}`;
  const open = of.expected === null && outcomes.length > 0;
  const groups = groupBy(differences, ({ record }) => record);
  const lines = [...groups].flatMap(([record, found]) => {
    const place = found[0]?.line == null ? '' : `  ${paint('dim', `${of.file}:${found[0].line}`)}`;
    const title = record === null ? [] : [`  record ${record}${place}`];
    const indent = record === null ? '  ' : '    ';
    return [
      ...title,
      ...[...groupBy(found, ({ what }) => what)].flatMap(([, same]) => renderDifferences(same, indent)),
    ];
  });
  const ready = actual || open ? [paint('dim', '  what came out, to be checked and copied:'), indented(outcomes)] : [];
  return [head, ...lines, ...(outcomes.length === 0 ? [] : ready)].join('\n');
}

function indented(outcomes: CaseResult['outcomes']): string {
  const text = stringify({ expect: asExpectation(outcomes) }, { lineWidth: 0 });
  return text.trimEnd().replace(/^/gm, '    ');
}

/** What is expected and not there, and what is there and not expected, of one thing. */
function renderDifferences(differences: readonly Difference[], indent: string): readonly string[] {
  const what = differences[0]?.what ?? '';
  if (what === 'expect') return [`${indent}has no \`expect\` yet`];
  // Values in quotes, so that space and kinds are seen; sentences as they are.
  const isValue = what.startsWith('fields.') || what === 'key' || what === 'version';
  const shown = (value: unknown): string => (isValue ? JSON.stringify(value) : String(value));
  const sides = differences.flatMap(({ expected, actual }) => [
    ...(expected === undefined ? [] : [paint('red', `${indent}  - ${shown(expected)}`)]),
    ...(actual === undefined ? [] : [paint('green', `${indent}  + ${shown(actual)}`)]),
  ]);
  return [`${indent}${what.replace(/^fields\./, '')}`, ...sides];
}
