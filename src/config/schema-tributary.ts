// The syntax of tributary.yaml: one definition gives types, validation, JSON Schema and the reference.

import { z } from 'zod';

import { anyText, constant, dashedName, duration, plainName, share, size, someText } from './scalars.ts';
import { receiverSchema, systemsSchema } from './schema-systems.ts';

const connection = z
  .object({ kind: someText.describe('Which connector speaks to the system: `file`, `postgres` and so on.') })
  .catchall(z.unknown())
  .describe(
    'An external system: the kind of its connector, and the connector’s own settings. `${env:NAME}`, `${env:NAME:-default}` and `${file:PATH}` may stand anywhere inside the texts of its settings, and nowhere else.',
  );

const resolve = z
  .union([
    z.enum(['most_recent', 'union', 'min', 'max']),
    z.strictObject({
      rank: z
        .array(dashedName)
        .min(1, { error: 'expected at least one connection' })
        .describe('Connections, the most trusted first; the first one that says anything about the field counts.'),
    }),
  ])
  .default('most_recent')
  .describe(
    'Which value counts when several sources say something: the newest, all of them as a list, the smallest, the largest, or that of the source ranked first.',
  );

const field = z
  .strictObject({
    type: z
      .enum(['text', 'email', 'phone', 'integer', 'decimal', 'boolean', 'date', 'datetime', 'json', 'reference'])
      .describe('How values are checked, written and compared. `json` is anything JSON can say, as one value.'),
    column: someText.optional().describe('The column of the CRM’s table. Default: the field’s name.'),
    required: z.boolean().default(false).describe('Whether a record without a value is rejected.'),
    strong: z
      .boolean()
      .default(false)
      .describe('Whether the value alone identifies a record. Strong fields are matched before the other match keys.'),
    unique: z
      .boolean()
      .default(false)
      .describe(
        'Whether no two records of the CRM may have the same value. A claim that would make a second one waits for a person (review).',
      ),
    resolve,
    conflict: z
      .enum(['source', 'crm', 'fill_empty', 'most_recent', 'review'])
      .default('source')
      .describe(
        'Who wins when both the sources and the CRM have changed the field: the sources, the CRM, the sources only where the CRM is empty, whoever spoke last (the CRM’s time is the object’s `modified`), or a person.',
      ),
    sources: z
      .array(dashedName)
      .min(1, { error: 'expected at least one connection' })
      .optional()
      .describe('The connections that may speak of the field; what others say of it is not heard. Default: all.'),
    withdrawn: z
      .enum(['keep', 'clear'])
      .default('keep')
      .describe(
        'What becomes of the CRM’s value when every source that spoke of the field has withdrawn it: it stays, or the field is emptied.',
      ),
    object: plainName.optional().describe('For a reference: the object it refers to.'),
    by: plainName.optional().describe('For a reference: the field of that object whose value the source sends.'),
    missing: z
      .enum(['wait', 'review', 'omit'])
      .optional()
      .describe(
        'For a reference: what becomes of a record that refers to one which is not there yet. It waits and follows by itself (`wait`, the default), waits and is put before a person (`review`), or is written at once without the reference, which follows (`omit`).',
      ),
  })
  .superRefine((value, context) => {
    if (value.type === 'json' && value.resolve === 'union')
      context.addIssue({
        code: 'custom',
        path: ['resolve'],
        message: 'expected another way than `union`: JSON is one value',
      });
    const reference = value.type === 'reference';
    for (const key of ['object', 'by'] as const) {
      if (reference && value[key] === undefined) {
        context.addIssue({ code: 'custom', path: [key], message: `\`${key}\` is required for a reference` });
      }
    }
    for (const key of ['object', 'by', 'missing'] as const) {
      if (!reference && value[key] !== undefined) {
        context.addIssue({
          code: 'custom',
          path: [key],
          message: `\`${key}\` is for references; this is ${value.type}`,
        });
      }
    }
  })
  .describe('A field of the object: its type, its column, and who decides about it.');

const deletes = z
  .union(
    [
      z.enum(['none', 'delete']),
      z.strictObject({
        archive: someText.describe(
          'The table beside the object’s that records are moved to, and that they come back from; with the same columns.',
        ),
      }),
      z.strictObject({
        deactivate: z
          .record(plainName, constant)
          .refine((values) => Object.keys(values).length > 0, { error: 'expected at least one field' })
          .describe('Fields and the values that mark a record as inactive.'),
      }),
    ],
    {
      error: 'expected none, delete or a map such as { deactivate: { status: inactive } } or { archive: old_account }',
    },
  )
  .prefault('none')
  .describe(
    'What happens to a record of the CRM that no source has any more: nothing, inactive values, a move to an archive table, or deletion (which always waits for approval).',
  );

const gate = z
  .strictObject({
    deletes: share
      .prefault('5%')
      .describe('A run that would delete a larger share of the records waits for a decision.'),
    rejects: share.prefault('10%').describe('A run in which a larger share of the records is rejected waits.'),
    creates: share.prefault('20%').describe('A run that would create a larger share of records waits.'),
    nulls: share.prefault('2%').describe('A run that would empty one field in a larger share of the records waits.'),
    first_run: z
      .enum(['approve', 'auto'])
      .default('approve')
      .describe('Whether the first run of a sync waits for a decision; the shares do not count in it.'),
    expires: duration.prefault('72h').describe('How long a run waits; then it counts as rejected.'),
  })
  .prefault({})
  .describe('When a run stops before its first write and waits for a person.');

export const objectSchema = z
  .strictObject({
    destination: dashedName.describe('The connection of the CRM that the records are delivered to.'),
    table: someText.optional().describe('The table of the object in the CRM. Default: the object’s name.'),
    id: someText.default('id').describe('The column that holds the CRM’s own id.'),
    fields: z.record(plainName, field).describe('The fields of the object by name.'),
    modified: plainName
      .optional()
      .describe(
        'The field, of type datetime, in which the CRM keeps when a record was last modified. Fields with `conflict: most_recent` need it.',
      ),
    groups: z
      .record(plainName, z.array(plainName).min(1, { error: 'expected at least one field' }))
      .default({})
      .describe('Fields that are only right together, such as an address: all of them come from one source record.'),
    match: z
      .array(plainName)
      .optional()
      .describe(
        'The fields by which a source record finds its CRM record, strong ones first. Default: the strong fields.',
      ),
    deletes,
    gone: z
      .enum(['review', 'accept', 'recreate'])
      .default('review')
      .describe(
        'What happens to source records whose record somebody deleted in the CRM: a person decides (review), the deletion is accepted and stays, or the record is created again.',
      ),
    review_after: duration
      .optional()
      .describe(
        'How long a source record may wait for one that it refers to before a person is asked (`tributary review`); it goes on waiting. Default: 30d.',
      ),
    merged_into: someText
      .optional()
      .describe(
        'The column of the CRM’s table that holds, for a record that somebody merged into another one, the id of that one. Its source records then belong to the other.',
      ),
    gate,
  })
  .describe('An entity of the CRM: where it lives, its fields, and how many sources become one record.');

const notify = z
  .union([
    z.strictObject({
      webhook: someText.describe(
        'The address that notifications are posted to, as JSON: https, or http on this machine.',
      ),
    }),
    z.strictObject({
      command: z
        .array(someText)
        .min(1, { error: 'expected a program and its arguments' })
        .describe('A program and its arguments, run in the project folder; it gets the notification as JSON.'),
    }),
  ])
  .describe(
    'How people are told what they should know although nobody looks. Secrets by reference, as in connections.',
  );

const quarantine = z
  .strictObject({
    remind_after: duration
      .prefault('7d')
      .describe('A record that waits longer is said to its owner, once, at the end of a run of its sync.'),
  })
  .prefault({})
  .describe('What is done about records that failed and wait.');

const retention = z
  .strictObject({
    changes: duration
      .prefault('90d')
      .describe(
        'What runs wrote: `tributary undo`, `tributary changes` and the history that `tributary explain` shows reach back as far.',
      ),
    staged: duration
      .prefault('14d')
      .describe('What runs staged and did not write: those of dry runs, and of failed, cancelled or rejected ones.'),
    runs: duration
      .prefault('400d')
      .describe(
        'Runs with their counts, errors and decisions, unless a claim of theirs is still the latest of its record.',
      ),
    quarantine: duration
      .prefault('90d')
      .describe('Quarantined records once they are resolved; open ones are always kept.'),
    tombstones: duration
      .prefault('400d')
      .describe(
        'Marks of source records that ended. An older copy of such a record that comes after that time is taken for a new one.',
      ),
    inbox: duration
      .prefault('30d')
      .describe('Events that were received and are done with; a repetition is known as one for as long.'),
    histories: duration
      .prefault('14d')
      .describe(
        'Histories of ended runs in Temporal, at least 1d. It is set where the server is Tributary’s own; of another one it is said when its namespace keeps less.',
      ),
  })
  .prefault({})
  .describe('How long what runs leave behind is kept; the rest is removed while workers are up (`tributary prune`).');

const functions = z
  .strictObject({
    timeout: duration.prefault('5s').describe('How long one value may take; then its record is rejected.'),
    batch: duration
      .prefault('60s')
      .describe('How long all values of a batch of at most 10,000 records may take; those that are left are rejected.'),
    memory: size.prefault('256MB').describe('How much memory the functions may take in their process.'),
  })
  .prefault({})
  .describe('Limits of the functions in functions.ts, which mappings call by `my.NAME`.');

const codeTable = z
  .union(
    [
      z.strictObject({
        file: someText.describe('A CSV, JSON or YAML file in UTF-8, by its path inside the project folder.'),
        from: anyText
          .optional()
          .describe('The column or key with the code. JSON and YAML may also be one map of codes to values.'),
        to: anyText.optional().describe('The column or key with what the code means; an empty cell means null.'),
      }),
      z.strictObject({
        connection: dashedName.describe('The connection of a database.'),
        table: someText.describe('The table that holds the codes; it is read when a run begins.'),
        from: someText.describe('The column with the code.'),
        to: someText.describe('The column with what the code means.'),
      }),
    ],
    { error: 'expected { file, from, to } or { connection, table, from, to }' },
  )
  .describe('A table of at most 20,000 codes and what they mean.');

export const tributarySchema = z
  .strictObject({
    project: dashedName.describe('The name of the project; it prefixes the ids of everything that runs for it.'),
    connections: z.record(dashedName, connection).describe('The systems by name.'),
    codes: z
      .record(plainName, codeTable)
      .default({})
      .describe('Code tables by name, for the `codes` of mappings. What they hold is part of a run’s definition.'),
    objects: z.record(plainName, objectSchema).describe('The objects of the CRM by name.'),
    systems: systemsSchema,
    receiver: receiverSchema,
    notify: notify.optional(),
    quarantine,
    retention,
    functions,
  })
  .describe('The project: its systems, and the objects of its CRM.');

export type CodeTableInput = z.output<typeof codeTable>;
export type ConnectionInput = z.output<typeof connection>;
export type FieldInput = z.output<typeof field>;
export type ObjectInput = z.output<typeof objectSchema>;
export type FunctionsInput = z.output<typeof functions>;
export type RetentionInput = z.output<typeof retention>;
export type NotifyInput = z.output<typeof notify>;
export type TributaryInput = z.output<typeof tributarySchema>;
