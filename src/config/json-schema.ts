// JSON Schemas of the kinds of file: for editors, for the reference, and for "did you mean".

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import type { Path } from './problems.ts';
import { syncSchema } from './schema-sync.ts';
import { syncTestSchema } from './schema-sync-test.ts';
import { tributarySchema } from './schema-tributary.ts';

/** What of JSON Schema is used here. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  /** Alternatives that a key tells apart. */
  readonly oneOf?: readonly JsonSchema[];
}

export interface Schemas {
  readonly tributary: JsonSchema;
  readonly sync: JsonSchema;
  readonly 'sync-test': JsonSchema;
}

let made: Schemas | undefined;

/** The JSON Schemas (draft 2020-12) of `tributary.yaml`, `syncs/*.yaml` and `*.sync-test.yaml`, as a person writes them. */
export function schemas(): Schemas {
  made ??= {
    tributary: toJsonSchema(tributarySchema),
    sync: toJsonSchema(syncSchema),
    'sync-test': toJsonSchema(syncTestSchema),
  };
  return made;
}

/**
 * Writes the schemas to `.tributary/schema/` of a project, where editors find them, and answers with their paths.
 * A file begins to use them with `# yaml-language-server: $schema=.tributary/schema/tributary.json`.
 */
export async function writeSchemas(projectDir: string): Promise<readonly string[]> {
  const folder = join(projectDir, '.tributary', 'schema');
  await mkdir(folder, { recursive: true });
  return Promise.all(
    Object.entries(schemas()).map(async ([name, schema]) => {
      const path = join(folder, `${name}.json`);
      await writeFile(path, `${JSON.stringify(schema, null, 2)}\n`);
      return path;
    }),
  );
}

/** The keys that may stand in the map at a path; of alternatives, those of all. */
export function knownKeys(schema: JsonSchema, path: Path): readonly string[] {
  const here = path.reduce<readonly JsonSchema[]>(
    (found, step) => found.flatMap((part) => inside(part, step)),
    [schema],
  );
  return here.flatMap(alternatives).flatMap((part) => Object.keys(part.properties ?? {}));
}

/** A schema, or each of its alternatives, of one type each. */
export function alternatives(schema: JsonSchema): readonly JsonSchema[] {
  const among = schema.anyOf ?? schema.oneOf;
  if (among !== undefined) return among.flatMap(alternatives);
  return typeof schema.type === 'object' ? schema.type.map((type) => ({ type })) : [schema];
}

function inside(schema: JsonSchema, step: string | number): readonly JsonSchema[] {
  return alternatives(schema).flatMap((part) => {
    if (typeof step === 'number') return part.items ?? [];
    const { properties, additionalProperties } = part;
    if (properties !== undefined && Object.hasOwn(properties, step)) return properties[step] ?? [];
    return typeof additionalProperties === 'object' ? additionalProperties : [];
  });
}

function toJsonSchema(input: z.ZodType): JsonSchema {
  const schema: JsonSchema = JSON.parse(JSON.stringify(z.toJSONSchema(input, { io: 'input' })));
  return schema;
}
