// The syntax of syncs/*.yaml: one definition gives types, validation, JSON Schema and the reference.

import { z } from 'zod';

import { encodingName } from '../domain/encoding-names.ts';
import { namePatternProblem } from '../domain/name-pattern.ts';
import {
  anyText,
  constant,
  countText,
  dashedName,
  duration,
  plainName,
  settle,
  share,
  size,
  someText,
} from './scalars.ts';
import { stepSchema } from './schema-apply.ts';
import { checkSchema } from './schema-check.ts';
import { whenSchema } from './schema-when.ts';

const mark = z.string().regex(/^[^\r\n]{1,8}$/u, { error: 'expected one to eight characters of one line' });
const escape = z.string().regex(/^[ -~]$/, { error: 'expected one ASCII character' });
const quote = z.string().regex(/^[ -~]?$/, { error: 'expected one ASCII character, or "" for no quotes' });

const columnName = z
  .string()
  .regex(/^(?!(__proto__|constructor|prototype)$)\S(.*\S)?$/, { error: 'expected the name of a column' });

const marks = z
  .union([z.array(z.union([anyText, z.boolean().transform(String)])), anyText.transform((one) => [one])], {
    error: 'expected a value or a list of values',
  })
  .default([]);

const from = z
  .strictObject({
    connection: dashedName.describe('The connection that the stream is read from.'),
    stream: someText
      .superRefine((pattern, context) => {
        const problem = namePatternProblem(pattern);
        if (problem !== null) context.addIssue({ code: 'custom', message: problem });
      })
      .optional()
      .describe(
        'The pattern of the file names inside the connection’s folder; `*` matches within a name, `{date:yyyyMMdd}` a date (yyyy, MM, dd, HH, mm, ss).',
      ),
    table: someText
      .optional()
      .describe('The table or view that is read, of a connection to a database; `schema.table` for another schema.'),
    query: someText
      .optional()
      .describe('A SELECT whose rows are read, of a connection to a database, where a table is not enough.'),
    files: z
      .enum(['all', 'newest', 'since'])
      .default('all')
      .describe(
        'Which matching files are read: all of them as one snapshot, only the newest (by the date in the name, else by the time of the file), or each once, when it was not delivered before (its records are changes then, never a snapshot).',
      ),
    entry: someText
      .optional()
      .describe(
        'The pattern of the entries of a zip that are read. Default: those with the format’s extension, or every one.',
      ),
    settle: settle
      .prefault('2s')
      .describe(
        'How long nobody may have written to a file before it is read; how old a change of a table must be for an incremental read. `0s`: do not wait.',
      ),
    unpack: z
      .strictObject({
        ratio: z
          .int()
          .min(1)
          .max(10_000)
          .default(100)
          .describe('How many times its own size a compressed file may grow to, beyond the first 16 MB.'),
        size: size.optional().describe('How much a compressed file may unpack to. Default: no limit but the ratio.'),
      })
      .prefault({})
      .describe('Limits for files in gzip or zip, which are recognised by their first bytes and read as they are.'),
    format: z
      .enum(['csv', 'json', 'ndjson', 'xml'])
      .optional()
      .describe(
        'The format of the stream. Default: by the extension of the pattern (.csv, .json, .ndjson, .jsonl, .xml).',
      ),
    record: z
      .string()
      .default('')
      .describe(
        'Where the records stand: `customers/customer` in XML; `data.employees` in JSON, `pages[].items` where several arrays hold them, `"name.with.dots"` in quotes. Empty: the whole JSON document. An object where the array should be is the only record; that proves no snapshot whole.',
      ),
    each: someText
      .optional()
      .describe(
        'The path of a list inside each record whose items are the records: `lines.line` reads an order’s lines. JSON and XML only.',
      ),
    parent: someText
      .default('parent')
      .describe('With `each`: the name under which every item sees the record around it, as in `parent.order_no`.'),
    key: z
      .union([anyText, z.array(anyText).min(1, { error: 'expected at least one path' })], {
        error: 'expected a path or a list of paths',
      })
      .describe(
        'The path of the value that identifies a record in its source, or several that do so together: `[parent.order_no, line_no]` gives keys such as SO-7/1.',
      ),
    version: anyText
      .optional()
      .describe('The path of the value by which newer records are told from older ones, if there is one.'),
    records: z
      .enum(['full', 'partial'])
      .default('full')
      .describe('Whether a record says everything about its key, or only what has changed.'),
    operation: z
      .strictObject({
        from: anyText.describe('The path of the value that tells: `op`, `@deleted`.'),
        delete: marks.describe('Values that say: the record has ended in the source. It is a tombstone then.'),
        detach: marks.describe(
          'Values that say: the source does not speak of the record any more, though it did not end (merged into another one, moved elsewhere, hidden from us).',
        ),
      })
      .refine((operation) => operation.delete.length + operation.detach.length > 0, {
        error: 'expected values under `delete` or `detach`',
      })
      .optional()
      .describe(
        'How a record says that it is an end, such as `{ from: op, delete: [D] }`. Of such a record only key and version count, whatever `where` and the rules say. Default: none does.',
      ),
    read: z
      .enum(['snapshot', 'incremental'])
      .default('snapshot')
      .describe(
        'How the stream is read: as a whole, or (tables and queries) only what has changed since the last read, by `cursor`. Incremental reads see no deletes, except those that `operation` tells.',
      ),
    cursor: someText
      .optional()
      .describe(
        'The column that says when a row was changed last, a timestamp or a date. It is the `version` too, unless that is given.',
      ),
    lookback: settle
      .prefault('10m')
      .describe(
        'How far behind the newest change seen an incremental read begins again, for rows that were committed late; rows seen before are dropped by their content.',
      ),
    snapshot_every: duration
      .optional()
      .describe(
        'How often an incremental stream is read as a whole all the same: finds deletes, and what no cursor shows. Default: never.',
      ),
    backfill: z
      .union([z.literal('all'), duration], { error: 'expected `all` or a duration such as 90d' })
      .default('all')
      .describe('How far back the first incremental read goes.'),
    encoding: z
      .string()
      .refine(isEncoding, { error: 'expected `auto` or an encoding such as utf-8, gb18030 or windows-1252' })
      .default('auto')
      .describe(
        'The character encoding, such as utf-8, utf-16, gb18030, big5, shift_jis, euc-kr or windows-1252. `auto`: byte order mark, declaration, strict UTF-8, GB18030, in that order.',
      ),
    empty: z
      .enum(['absent', 'null'])
      .default('absent')
      .describe('What an empty CSV cell or XML element means: not sent, or empty on purpose.'),
    complete: z
      .union(
        [
          z.enum(['proven', 'trust']),
          z.strictObject({
            trailer: countText.describe(
              'The last line of each file, with `{count}` for its number of records and `*` for anything, such as `END|{count}`. It is no record.',
            ),
          }),
          z.strictObject({
            count: z
              .strictObject({
                file: someText.describe(
                  'The file with the number of records; `{file}` and `{stem}` stand for the data file’s name, with and without its extensions. Without them one number counts for all files together.',
                ),
                text: countText.default('{count}').describe('A line of it, with `{count}` for the number.'),
              })
              .describe('A file beside the data that says how many records there are.'),
          }),
          z.strictObject({
            manifest: someText.describe(
              'The pattern of the files that list names and SHA-256 digests: as sha256sum writes them, or JSON with `files` of name, sha256, size, records. `{file}` and `{stem}` as for `count`.',
            ),
          }),
        ],
        { error: 'expected proven, trust, or a map with one of trailer, count, manifest' },
      )
      .default('proven')
      .describe(
        'What shows that a snapshot is whole, so that records missing from it may count as deleted. `proven`: the format’s own end (XML, a JSON array; never CSV or NDJSON). `trust`: your word. Otherwise a statement of the source, which is checked before anything is read.',
      ),
    many: z.boolean().default(false).describe('Whether several source keys may describe one record of the CRM.'),
    last_line: z
      .enum(['accept', 'hold', 'refuse'])
      .optional()
      .describe(
        'What becomes of a last line of CSV or NDJSON without a line end, as it may be cut off: `accept` reads it (NDJSON: if it is whole JSON), `hold` quarantines it, `refuse` refuses the file. Default: `hold` for CSV, `accept` for NDJSON.',
      ),
    csv: z
      .strictObject({
        delimiter: mark.default(',').describe('What stands between two cells; `"\\t"` for a tab.'),
        quote: quote
          .default('"')
          .describe('The character around cells that hold a delimiter or a line break; `""` for none.'),
        escape: escape
          .optional()
          .describe(
            'The character that makes the next one in a quoted cell mean itself, such as `"\\"`. Default: a quote is written twice.',
          ),
        skip_lines: z.int().min(0).max(10_000).default(0).describe('How many lines to skip before the header.'),
        comment: mark.optional().describe('Lines that begin with this text are skipped. Default: none are.'),
        columns: z
          .array(columnName)
          .min(1)
          .refine((names) => new Set(names).size === names.length, { error: 'expected names that differ' })
          .optional()
          .describe('The names of the columns, for files without a header row. Default: the first row names them.'),
      })
      .prefault({})
      .describe('The dialect of a CSV stream.'),
    max_record: size.prefault('16MB').describe('The size of the largest record that is accepted.'),
  })
  .describe('Where the records come from, and how they stand there.');

const unmapped = z
  .union([
    z.enum(['quarantine', 'keep', 'absent']),
    z.strictObject({
      value: z.union([anyText, z.boolean().transform(String)]).describe('The value that every unlisted code becomes.'),
    }),
  ])
  .optional()
  .describe(
    'What becomes of a code that is not listed: the record is quarantined (default), the code is kept, the field is absent, or a value takes its place.',
  );

const detailed = z
  .strictObject({
    from: z
      .union([anyText, z.array(anyText).min(1, { error: 'expected at least one path' })], {
        error: 'expected a path or a list of paths',
      })
      .optional()
      .describe('The path of the value in the source record; of several paths the first one with a value counts.'),
    value: constant.optional().describe('A constant.'),
    cel: someText
      .optional()
      .describe(
        'An expression in CEL over `record`, `key`, `stream` and, with `each`, `parent`; transform functions may be called in it.',
      ),
    when: someText
      .optional()
      .describe('An expression in CEL: unless it is true, the field is absent, as if the source had not sent it.'),
    apply: z.array(stepSchema).prefault([]).describe('Functions that the value passes through, in this order.'),
    codes: z
      .union([plainName, z.record(z.string(), constant)], {
        error: 'expected a map of codes to values, or the name of a code table of tributary.yaml',
      })
      .optional()
      .describe(
        'What each code of the source means, or the name of a code table of tributary.yaml; looked up after the functions.',
      ),
    unmapped,
    default: z
      .union([anyText, z.boolean()], { error: 'expected text, a number, true or false' })
      .optional()
      .describe('The value when the result is absent.'),
  })
  .superRefine((mapping, context) => {
    const given = (['from', 'value', 'cel'] as const).filter((key) => mapping[key] !== undefined);
    const add = (path: string[], message: string): void => context.addIssue({ code: 'custom', path, message });
    if (given.length === 0) add([], 'expected one of from, value, cel; found none');
    if (given.length > 1) add([given[1] ?? ''], `expected one of from, value, cel; found ${given.join(' and ')}`);
    if (mapping.unmapped !== undefined && mapping.codes === undefined) add(['unmapped'], '`unmapped` needs `codes`');
    if (mapping.value === undefined) return;
    for (const key of ['codes', 'default'] as const) {
      if (mapping[key] !== undefined) add([key], `\`${key}\` has no effect on a constant`);
    }
    if (mapping.apply.length > 0) add(['apply'], '`apply` has no effect on a constant');
  });

const mapping = z
  .union([anyText, detailed], { error: 'expected a path or a map with one of from, value, cel' })
  .describe('How the field is made: a path in the source record, or a map that says more.');

const factor = z
  .string({ error: 'expected a percentage such as 50% or 200%' })
  .regex(/^\d{1,5}%$/, { error: 'expected a percentage such as 50% or 200%' })
  .meta({ examples: ['50%', '200%'] })
  .transform((text) => Number(text.slice(0, -1)) / 100);

const none = z.literal('any');

const expectations = z
  .strictObject({
    records: z
      .union(
        [
          none,
          z.strictObject({
            min: factor.prefault('50%').describe('The smallest share that is as usual.'),
            max: factor.prefault('1000%').describe('The largest share that is as usual.'),
          }),
        ],
        {
          error: 'expected `any` or a map such as { min: 50%, max: 200% }',
        },
      )
      .prefault({})
      .describe(
        'How many records a read may have, as shares of the median of the last seven. Begins with three reads.',
      ),
    nulls: z
      .union([none, share], { error: 'expected `any` or a percentage such as 20%' })
      .prefault('20%')
      .describe('By how many points the share of empty values of a column may grow.'),
    duplicates: z
      .union([none, share], { error: 'expected `any` or a percentage such as 5%' })
      .prefault('5%')
      .describe('Which share of the records may have the key of another record of the read; 20 always may.'),
    drift: z
      .enum(['ignore', 'warn', 'pause'])
      .default('pause')
      .describe(
        'What happens when columns come, go, or hold another kind of values: nothing, a note at the end of the run, or (for columns that the mapping reads and that went or changed) the run waits for a decision.',
      ),
  })
  .prefault({})
  .describe(
    'What a read must be like, compared with the last ones; otherwise the run waits at the gate before it writes.',
  );

export const syncSchema = z
  .strictObject({
    sync: dashedName.describe('The name of the sync: the file’s name without `.yaml`.'),
    owner: someText
      .optional()
      .describe(
        'Who looks after the sync, as your notifications name people; told of records that wait in quarantine.',
      ),
    from,
    to: plainName.describe('The object that the records become.'),
    where: someText
      .optional()
      .describe(
        'An expression in CEL: records for which it is false are left out, and counted as filtered. Leaving a record out never deletes it.',
      ),
    map: z.record(plainName, mapping).describe('How each field of the object is made from a source record.'),
    check: z
      .array(checkSchema)
      .prefault([])
      .describe('Rules that every record must meet, after the types and required fields.'),
    expect: expectations,
    all_or_nothing: z
      .boolean()
      .default(false)
      .describe(
        'A run that fails or is cancelled after it has begun to write is taken back at once, as by `undo`; the next run writes everything again.',
      ),
    when: whenSchema.optional(),
  })
  .describe('One stream of one source, and how its records become an object of the CRM.');

/** What is expected where the sync says nothing. */
export const USUAL: ExpectInput = expectations.parse({});

export type ExpectInput = z.output<typeof expectations>;
export type FromInput = z.output<typeof from>;
export type MappingInput = z.output<typeof mapping>;
export type SyncInput = z.output<typeof syncSchema>;

function isEncoding(label: string): boolean {
  return label === 'auto' || encodingName(label) !== null;
}
