// Bad input: a clear error with its code and what to do, nothing written, nothing lost, and the run goes on when it is mended.

import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ERRORS, type ErrorCode } from '../../src/domain/errors.ts';
import { crmDigest } from '../support/crm.ts';
import { type Json, startProject, type TestProject } from '../support/project.ts';

let project: TestProject;

beforeAll(async () => {
  project = await startProject({
    prepare: (files) => {
      // Contacts wait at the gate; everything else goes ahead.
      const [before = '', contact = ''] = files.read('tributary.yaml').split('  contact:\n');
      files.write('tributary.yaml', `${before}  contact:\n${contact.replace('first_run: auto', 'first_run: approve')}`);
    },
  });
});

afterAll(() => project?.stop());

const brief = ({ code, error }: Json): Json => ({ code, error: error?.code, hint: error?.hint });
const refused = (code: number, error: ErrorCode): Json => ({ code, error, hint: ERRORS[error].hint });

const lineOf = (text: string, piece: string): number => text.slice(0, text.indexOf(piece)).split('\n').length;

describe('a configuration that is wrong', () => {
  it('is refused with every mistake at its place, and the likely word', async () => {
    const [tributary, sync] = [project.read('tributary.yaml'), project.read('syncs/oa-contacts.yaml')];
    project.edit('tributary.yaml', 'oa: { kind: file,', 'oa: { kind: ftp,');
    project.edit('syncs/oa-contacts.yaml', '  encoding: gb18030', '  encodng: gb18030');
    const result = await project.run(['run', 'oa-contacts']);
    project.write('tributary.yaml', tributary);
    project.write('syncs/oa-contacts.yaml', sync);
    expect(brief(result)).toEqual(refused(2, 'config.invalid'));
    const places = result.error?.details.problems.map(({ file, line, message, suggestion }: Json) => ({
      at: `${file}:${line}`,
      message,
      suggestion,
    }));
    expect(places).toEqual([
      {
        at: `tributary.yaml:${lineOf(tributary, 'oa: { kind')}`,
        message: expect.stringContaining('ftp'),
        suggestion: undefined,
      },
      {
        at: `syncs/oa-contacts.yaml:${lineOf(sync, 'encoding: gb18030')}`,
        message: expect.stringContaining('encodng'),
        suggestion: expect.stringContaining('encoding'),
      },
    ]);
  });

  it('check says the same, and is content when it is mended', async () => {
    project.edit('tributary.yaml', 'hr: { kind: file,', 'hr: { knid: file,');
    expect(brief(await project.run(['check']))).toEqual(refused(2, 'config.invalid'));
    project.edit('tributary.yaml', 'hr: { knid: file,', 'hr: { kind: file,');
    const { code, json } = await project.run(['check']);
    expect({ code, bad: json.findings.filter((finding: Json) => !finding.ok) }).toEqual({ code: 0, bad: [] });
  });
});

describe('a CRM that cannot be reached', () => {
  it('is said before a run begins', async () => {
    const before = await project.store('select count(*)::integer as runs from run');
    const result = await project.run(['run', 'hr-employees'], { CRM_URL: 'postgres://nobody:secret@127.0.0.1:1/crm' });
    expect(brief(result)).toEqual(refused(3, 'destination.unreachable'));
    expect(`${result.stdout}${result.stderr}`).not.toContain('secret');
    expect(await project.store('select count(*)::integer as runs from run')).toEqual(before);
  });
});

/** What is done to an export, and the code of the error that follows. */
type Harm = readonly [what: string, error: ErrorCode, harm: (path: string, content: string) => void];

const write = (change: (content: string) => string) => (name: string, content: string) => {
  const changed = change(content);
  if (changed === content) throw new Error(`${name} does not hold what was to be changed`);
  project.write(name, changed);
};

const CSV_HARMS: readonly Harm[] = [
  ['a link to nowhere', 'source.unreadable', (name) => link(name)],
  ['a folder of that name', 'source.not_found', (name) => folder(name)],
  ['an empty file', 'source.empty', write(() => '')],
  ['a column that has another name', 'source.header', write((csv) => csv.replace(',remark', ',remarks'))],
  ['a column that is there twice', 'source.header', write((csv) => csv.replace('customer_no', 'order_no'))],
];

const XML_HARMS: readonly Harm[] = [
  ['cut in the middle', 'source.truncated', write((xml) => xml.slice(0, 100_000))],
  [
    'a DOCTYPE',
    'source.doctype',
    write((xml) => xml.replace('<export ', '<!DOCTYPE export [<!ENTITY a SYSTEM "file:///etc/passwd">]>\n<export ')),
  ],
  ['a root that another tag closes', 'source.malformed', write((xml) => xml.replace('</export>', '</exports>'))],
];

const JSON_HARMS: readonly Harm[] = [
  ['cut in the middle', 'source.truncated', write((json) => json.slice(0, 5000))],
  ['no list at the path', 'source.malformed', write((json) => json.replace('"employees"', '"staff"'))],
];

function link(name: string): void {
  symlinkSync('/nowhere/at/all', project.path(name));
}

function folder(name: string): void {
  mkdirSync(project.path(name));
}

describe.each([
  ['hr-employees', 'exports/hr/employees.json', JSON_HARMS, { read: 41, created: 15 }],
  ['erp-customers', 'exports/erp/customers-2026-11.xml', XML_HARMS, { read: 406, created: 205 }],
  ['erp-orders', 'exports/erp/orders-2026-11.csv', CSV_HARMS, { read: 604, created: 546 }],
] as const)('an export of %s that is bad', (sync, name, harms, counts) => {
  it('stops the run with its code; mended, the same run is resumed and completes', async () => {
    const before = await crmDigest(project);
    renameSync(project.path(name), `${project.path(name)}.kept`);
    const content = project.read(`${name}.kept`);
    const runs = new Set<string>();
    for (const [what, error, harm] of harms) {
      rmSync(project.path(name), { recursive: true, force: true });
      harm(name, content);
      const result = await project.run(['run', sync]);
      expect({ what, ...brief(result) }).toEqual({ what, ...refused(1, error) });
      expect(result.json).toEqual({
        run: expect.stringMatching(new RegExp(`^${sync}-`)),
        waiting: 'paused',
        code: error,
        message: result.error?.message,
      });
      runs.add(result.json.run);
    }
    expect(await crmDigest(project)).toEqual(before);
    const [waiting] = runs;
    const status = await project.run(['status', waiting ?? '']);
    const [, lastError] = harms.at(-1) ?? [];
    expect(status.json).toMatchObject({ outcome: null, phase: 'paused', error: { code: lastError } });

    rmSync(project.path(name), { recursive: true, force: true });
    renameSync(`${project.path(name)}.kept`, project.path(name));
    const mended = await project.run(['run', sync]);
    expect(mended.code).toBe(0);
    expect(mended.json).toMatchObject({ outcome: 'delivered', ...counts });
    expect([...runs, mended.json.run]).toEqual([mended.json.run, mended.json.run].slice(0, runs.size + 1));
  });
});

describe('a definition that changes during a run', () => {
  it('is noticed; the run ends under the one it began with, the next one uses the new one', async () => {
    const { code, json } = await project.run(['run', 'oa-contacts']);
    expect({ code, waiting: json.waiting }).toEqual({ code: 4, waiting: 'gate' });
    project.edit('syncs/oa-contacts.yaml', 'title: { from: 职务, apply: [trim] }', 'title: { cel: \'"CHANGED"\' }');
    const approved = await project.run(['gate', 'approve', json.run]);
    expect(approved.json).toMatchObject({ run: json.run, outcome: 'delivered', created: 201 });
    const status = await project.run(['status', json.run]);
    expect(status.json.notices).toContainEqual({
      code: 'config.changed',
      message: 'the definition changed during the run',
      hint: ERRORS['config.changed'].hint,
    });
    const changed = `select count(*)::integer as contacts from crm.contact where title = 'CHANGED'`;
    expect(await project.crm(changed)).toEqual([{ contacts: 0 }]);
    const dry = await project.run(['run', 'oa-contacts', '--dry-run']);
    expect(dry.json).toMatchObject({ outcome: 'dry_run', unchanged: 0, updated: 286 });
  });
});
