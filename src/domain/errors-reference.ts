// The page docs/reference/errors.md, made from the catalogue: every code, what happens next, what to do.

import { type Disposition, type ErrorEntry, ERRORS } from './errors.ts';

const AREAS: Readonly<Record<string, string>> = {
  config: 'Configuration and command line',
  functions: 'Functions of the project',
  source: 'Sources',
  schedule: 'Schedules',
  format: 'Formats',
  destination: 'Destinations',
  store: 'Tributary’s own database',
  run: 'Runs',
  gate: 'Gate',
  quarantine: 'Quarantine',
  review: 'Reviews',
  request: 'Requests to the receiver',
  event: 'Events',
  inbox: 'Inbox',
  notify: 'Notifications',
  explain: 'Explain',
  runtime: 'Services',
  record: 'Records',
  internal: 'Tributary itself',
};

const NEXT: Readonly<Record<Disposition, string>> = {
  retry: 'Tried again by itself, with growing pauses.',
  pause: 'The run waits; nothing is lost. It goes on after `resume`.',
  reject: 'Nothing was started or changed.',
  fail: 'The run ends here.',
  notice: 'Nothing stops; the run says so.',
  bug: 'The run waits as it is; after a fix and `resume` it goes on.',
};

const INTRODUCTION = `# Errors

<!-- Generated from src/domain/errors.ts; do not edit. -->

Every expected failure has a code that never changes its meaning. The code stands in the CLI’s message, in \`--json\` output as \`error.code\`, and in the Temporal UI as the type of the failure. An error of the configuration that turns up during a run pauses it. Bad records are no errors: they go to the quarantine.`;

/** The error reference in Markdown. */
export function errorsReference(): string {
  const entries: readonly (readonly [string, ErrorEntry])[] = Object.entries(ERRORS);
  const areas = [...new Set(entries.map(([code]) => areaOf(code)))];
  const sections = areas.map((area) =>
    section(
      area,
      entries.filter(([code]) => areaOf(code) === area),
    ),
  );
  return `${[INTRODUCTION, ...sections].join('\n\n')}\n`;
}

function areaOf(code: string): string {
  return code.split('.')[0] ?? code;
}

function section(area: string, entries: readonly (readonly [string, ErrorEntry])[]): string {
  const rows = entries.map(([code, { title, disposition, hint }]) =>
    row([`\`${code}\``, title, NEXT[disposition], hint]),
  );
  return [
    `## ${AREAS[area] ?? area}`,
    '',
    row(['Code', 'What happened', 'What happens next', 'What to do']),
    row(['---', '---', '---', '---']),
    ...rows,
  ].join('\n');
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
