// The settings of a file connection that is delivered to.

import { z } from 'zod';

const someText = z.string().min(1);

const column = z.strictObject({
  required: z.boolean().default(false).describe('Whether a record without a value is refused.'),
  unique: z.boolean().default(false).describe('Whether a record with another one’s value is refused.'),
  max_length: z.int().min(1).optional().describe('The longest text, in characters.'),
  min: z.number().optional().describe('The smallest number.'),
  default: z.string().optional().describe('What a new record has where nothing is said.'),
  list: z.boolean().default(false).describe('Whether it holds lists. Fields with `resolve: union` do anyway.'),
});

const table = z.strictObject({
  file: z
    .string()
    .regex(/^[^./\\\0][^/\\\0]*$/, { error: 'expected the name of a file in the folder, not beginning with a dot' })
    .optional()
    .describe('The name of the file. Default: the table’s name and the format, such as `account.csv`.'),
  record: someText
    .optional()
    .describe('Path of the records. Default: `records/TABLE` in XML, a plain array in JSON. None in CSV and NDJSON.'),
  columns: z
    .record(someText, column.prefault({}))
    .optional()
    .describe('The columns after the id, in this order, and what each accepts. Default: those of the object’s fields.'),
});

export const settingsSchema = z.strictObject({
  path: someText.describe('The folder of the files; a relative path starts at the project folder.'),
  format: z.enum(['csv', 'json', 'ndjson', 'xml']).default('csv').describe('The format of all files.'),
  csv: z
    .strictObject({
      delimiter: z
        .string()
        .regex(/^[^\r\n"]{1,8}$/u)
        .default(',')
        .describe('What stands between two cells; `"\\t"` for a tab.'),
    })
    .prefault({})
    .describe('The dialect of CSV.'),
  bom: z.boolean().default(false).describe('Whether files begin with a byte order mark.'),
  neutralise_formulas: z
    .boolean()
    .default(false)
    .describe('CSV that people open in spreadsheets: an apostrophe before cells that could be formulas.'),
  tables: z
    .record(someText, table.prefault({}))
    .optional()
    .describe('The tables (of objects) that may be written. Default: any.'),
});

export type FileSettings = z.output<typeof settingsSchema>;
export type ColumnRule = z.output<typeof column>;

export const NO_RULE: ColumnRule = column.parse({});
