// The syntax of *.sync-test.yaml: one definition gives types, validation, JSON Schema and the reference.

import { z } from 'zod';

import { canonicalise } from '../domain/field-types.ts';
import { anyText, dashedName, someText } from './scalars.ts';

const sourceRecord = z.record(z.string(), z.unknown(), { error: 'expected a map: the record as the source has it' });

const violation = z
  .strictObject({
    rule: someText.describe('What was checked: `email`, `required`, `type`, `codes`, `record.malformed` and so on.'),
    field: someText.optional().describe('The field. Left out: the violation is one of the whole record.'),
    message: someText.optional().describe('A part of the message.'),
  })
  .describe('One failed check.');

const outcome = z
  .strictObject({
    key: anyText.nullable().optional().describe('The key of the record; null for one that cannot be read.'),
    version: anyText.nullable().optional().describe('The version of the record; null for none.'),
    fields: z
      .record(z.string(), z.unknown())
      .optional()
      .describe('The canonical fields of an accepted record: all of them, unless `partial` is set.'),
    absent: z.array(someText).optional().describe('With `partial`: fields that the record must not have.'),
    warnings: z
      .array(violation)
      .optional()
      .describe('What an accepted record is warned of: all of it, unless `partial` is set. Default: nothing.'),
    violations: z
      .array(violation)
      .min(1, { error: 'expected at least one violation' })
      .optional()
      .describe('Why a record is rejected: all of it, unless `partial` is set.'),
    filtered: z.literal(true).optional().describe('Set where the sync’s `where` leaves the record out.'),
    partial: z
      .boolean()
      .default(false)
      .describe('Whether only what is listed is compared: other fields, warnings and violations may be there too.'),
  })
  .superRefine((one, context) => {
    const add = (path: string[], message: string): void => context.addIssue({ code: 'custom', path, message });
    const given = (['fields', 'violations', 'filtered'] as const).filter((name) => one[name] !== undefined);
    if (given.length === 0)
      add([], 'expected `fields` of an accepted record or `violations` of a rejected one; found neither');
    if (given.length > 1)
      add(
        [given[1] ?? ''],
        'expected `fields`, `violations` or `filtered`; a record is accepted, rejected or left out',
      );
    if (one.fields === undefined && one.warnings !== undefined)
      add(['warnings'], '`warnings` are for accepted records');
    if (one.absent !== undefined && !one.partial) add(['absent'], '`absent` needs `partial: true`');
    if (one.absent !== undefined && one.fields === undefined) add(['absent'], '`absent` is for accepted records');
  })
  .describe('What becomes of one record.');

const testCase = z
  .strictObject({
    case: someText.describe('What the case shows, as a sentence.'),
    sync: dashedName.optional().describe('The sync, where it is not that of the file.'),
    records: z
      .array(sourceRecord)
      .min(1, { error: 'expected at least one record' })
      .optional()
      .describe('Records as they are after decoding: what paths of the mapping see.'),
    text: z
      .string()
      .optional()
      .describe('A whole file in the stream’s format, header and all, so that decoding is tested too.'),
    file: someText
      .optional()
      .describe(
        'A file in the stream’s format and encoding, or one in gzip; a relative path starts at the folder of the test file.',
      ),
    now: someText
      .refine((text) => canonicalise('datetime', text).ok, {
        error: 'expected a date-time such as 2026-11-22T10:00:00Z',
      })
      .optional()
      .describe('When the run begins, for rules that ask: a date that must not lie in the future. Default: they hold.'),
    expect: z
      .array(outcome)
      .optional()
      .describe('What becomes of the records, in their order. Left out: the test fails and shows what to write here.'),
    error: someText
      .optional()
      .describe('The code of the error that reading the whole text or file ends with, such as `source.truncated`.'),
  })
  .superRefine((one, context) => {
    const given = (['records', 'text', 'file'] as const).filter((key) => one[key] !== undefined);
    const add = (path: string[], message: string): void => context.addIssue({ code: 'custom', path, message });
    if (given.length === 0) add([], 'expected one of records, text, file; found none');
    if (given.length > 1) add([given[1] ?? ''], `expected one of records, text, file; found ${given.join(' and ')}`);
    if (one.error !== undefined && one.records !== undefined) add(['error'], '`error` is for `text` and `file`');
    if (one.error !== undefined && one.expect !== undefined) add(['error'], 'expected `expect` or `error`, not both');
  })
  .describe('Some input of a sync, and what becomes of it.');

export const syncTestSchema = z
  .strictObject({
    sync: dashedName.optional().describe('The sync that the cases are about, where a case does not name its own.'),
    cases: z
      .array(testCase)
      .min(1, { error: 'expected at least one case' })
      .describe('The cases; `tributary test` runs each on its own.'),
  })
  .describe(
    'Tests of syncs: `tributary test` decodes, transforms and validates the input, without any server, and compares.',
  );

export type SyncTestInput = z.output<typeof syncTestSchema>;
export type CaseInput = z.output<typeof testCase>;
export type OutcomeInput = z.output<typeof outcome>;
