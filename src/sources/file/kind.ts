import { isAbsolute, normalize, resolve } from 'node:path';
import { z } from 'zod';
import type { SourceKind } from '../source.ts';
import { Folder } from './folder.ts';
import { FileSource } from './source.ts';
import { PART_SPAN, parsePlan, partName } from './state.ts';

const settingsSchema = z.strictObject({
  path: z.string().min(1).describe('The folder with the files; a relative path starts at the project folder.'),
});

/** Files in a folder: CSV, JSON, NDJSON or XML exports. */
export const fileSource: SourceKind = {
  kind: 'file',
  tables: false,
  parse: (settings) => settingsSchema.parse(settings),
  async open(connection, settings, context) {
    const { path } = settingsSchema.parse(settings);
    const shown = isAbsolute(path) ? path : `${connection.name}/${normalize(path)}`.replace(/\/+\.?$/, '');
    const folder = new Folder(resolve(context.projectDir, path), shown);
    return new FileSource({ folder, shown, rangeBytes: context.rangeBytes });
  },
  locate(plan, position) {
    const { files, parts } = parsePlan(plan);
    const part = parts[Math.floor(position / PART_SPAN)];
    const file = files[part?.file ?? -1];
    return part === undefined || file === undefined
      ? null
      : { name: partName(file, part.entry), offset: position % PART_SPAN };
  },
};
