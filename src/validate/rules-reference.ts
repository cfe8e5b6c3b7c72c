// The page docs/reference/rules.md, made from the rules' summaries and examples.

import { exampleCode, exampleRow } from '../expressions/example-text.ts';
import { RULE_KINDS } from './rules/registry.ts';
import type { RuleExample, RuleKind } from './rules/rule.ts';

const INTRODUCTION = `# Rules

<!-- Generated from src/validate/rules/; do not edit. -->

The kinds of check under \`check\` of a sync, one in each rule: \`{ field: email, email: true, else: drop_field }\`. They look at the mapped fields, after the functions of the mapping. Before any rule the value must be of its field's type (violation \`type\`), storable (\`text\`), and no id that a spreadsheet has made a number of (\`damaged\`); fields that the object requires must be there (\`required\`).

Absent and null values pass every rule but \`required\` and \`cel\`; of a list each item is looked at. All violations of a record are collected, not only the first. A rule never stops a run.

| \`else\` | What happens |
| --- | --- |
| \`reject\` | the record goes to the quarantine with its reasons; the default |
| \`warn\` | the record is accepted; the warning stands in the run's report |
| \`drop_field\` | the field is left out of this version of the record, with a warning; what the source said of it before stands |
| \`reject_batch\` | nothing of this run is delivered |
| \`{ fix: [trim, lower] }\` | [functions](functions.md) mend the value; where the rule then holds, the record is accepted with a warning that says what it was and what it is. Where it does not: \`reject\`, or what \`otherwise\` says |

Every example below is a test; \`value\` is the field of the rule, \`other\` another one.`;

/** The reference of all rules in Markdown. */
export function rulesReference(): string {
  return `${[INTRODUCTION, ...[...RULE_KINDS.values()].map(section)].join('\n\n')}\n`;
}

function section({ kind, summary, examples }: RuleKind): string {
  const withOthers = examples.some(({ others }) => others !== undefined);
  const withStart = examples.some(({ runStart }) => runStart !== undefined);
  const head = [
    'Rule',
    'Value',
    ...(withOthers ? ['Other fields'] : []),
    ...(withStart ? ['Run began'] : []),
    'Answer',
  ];
  const rows = examples.map((example) => [
    exampleCode({ [kind]: example.args }),
    exampleCode(example.input),
    ...(withOthers ? [example.others === undefined ? '' : exampleCode(example.others)] : []),
    ...(withStart ? [example.runStart ?? ''] : []),
    answerOf(example),
  ]);
  return [`## ${kind}\n\n${summary}`, [head, head.map(() => '---'), ...rows].map(exampleRow).join('\n')].join('\n\n');
}

function answerOf({ error }: RuleExample): string {
  return error === undefined ? 'holds' : error.replaceAll('*', '\\*');
}
