// The page docs/reference/configuration.md, made from the schemas: every key, its values, its default, its meaning.

import { alternatives, schemas, type JsonSchema } from './json-schema.ts';
import { joinOr } from './problems.ts';
import { EXAMPLE_SYNC, EXAMPLE_TRIBUTARY } from './reference-example.ts';

/** The configuration reference in Markdown. */
export function configurationReference(): string {
  const { tributary, sync, 'sync-test': test } = schemas();
  const pages = [page('tributary.yaml', tributary), page('syncs/*.yaml', sync), page('*.sync-test.yaml', test)];
  return `${[INTRODUCTION, ...pages].join('\n\n')}\n`;
}

const INTRODUCTION = `# Configuration

<!-- Generated from src/config/schema-*.ts; do not edit. -->

A project is a folder with one \`tributary.yaml\` and a file in \`syncs/\` for every sync. What concerns the records of the CRM is said once, on the object; a sync says only what concerns its stream. \`tributary check\` finds every mistake in all files at once.

\`\`\`yaml
# tributary.yaml
${EXAMPLE_TRIBUTARY}\`\`\`

\`\`\`yaml
# syncs/erp-customers.yaml
${EXAMPLE_SYNC}\`\`\`

Secrets are never written down: the settings of a connection, and the authentication of a system, refer to them by \`\${env:NAME}\`, \`\${env:NAME:-default}\` or \`\${file:PATH}\`, anywhere inside a text. A variable that is empty counts as not set. Such references are refused everywhere else.

Files are YAML 1.2 in UTF-8. A key may stand only once in its map. Numbers keep every digit: \`007\` and \`1.10\` are taken as written. Editors complete and check these files with \`# yaml-language-server: $schema=.tributary/schema/tributary.json\` (\`../.tributary/schema/sync.json\`, \`../.tributary/schema/sync-test.json\`) in the first line.`;

function page(title: string, schema: JsonSchema): string {
  return sections({ title: `## ${title}`, path: '', schema }).join('\n\n');
}

interface Section {
  readonly title: string;
  readonly path: string;
  readonly schema: JsonSchema;
}

function sections({ title, path, schema }: Section): readonly string[] {
  const keys = Object.entries(schema.properties ?? {});
  const table = [
    '| Key | Value | Default | Meaning |',
    '| --- | --- | --- | --- |',
    ...keys.map(([key, part]) => row(key, part, schema.required?.includes(key) === true)),
  ].join('\n');
  const inner = keys.flatMap(([key, part]) => nested(path === '' ? key : `${path}.${key}`, part));
  return [`${title}\n\n${schema.description ?? ''}\n\n${table}`, ...inner];
}

/** The sections of every map with keys of its own inside a value. */
function nested(path: string, schema: JsonSchema): readonly string[] {
  return alternatives(schema).flatMap((part) => {
    if (part.items !== undefined) {
      // One map or a list of such is described once.
      const one = JSON.stringify(part.items);
      return schema.anyOf?.some((other) => JSON.stringify(other) === one) === true
        ? []
        : nested(`${path}[]`, part.items);
    }
    if (part.properties === undefined) {
      return typeof part.additionalProperties === 'object' ? nested(`${path}.NAME`, part.additionalProperties) : [];
    }
    const described = part.description === undefined && schema.description !== undefined;
    const whole = described ? { ...part, description: schema.description } : part;
    const kind = part.properties['kind']?.const;
    const which = typeof kind === 'string' ? ` of kind \`${kind}\`` : '';
    return sections({ title: `### \`${path}\`${which}`, path, schema: whole });
  });
}

function row(key: string, schema: JsonSchema, required: boolean): string {
  const cells = [`\`${key}\``, valueText(schema), defaultText(schema, required), schema.description ?? ''];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function valueText(schema: JsonSchema): string {
  return joinOr([...new Set(alternatives(schema).flatMap(alternativeTexts))]);
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'number',
  integer: 'whole number',
  null: '`null`',
};

function alternativeTexts(schema: JsonSchema): readonly string[] {
  if (schema.const !== undefined) return [code(schema.const)];
  if (schema.enum !== undefined) return schema.enum.map(code);
  if (schema.type === 'boolean') return ['`true`', '`false`'];
  if (schema.type === 'array') return [`list of ${valueText(schema.items ?? {})}`];
  if (schema.type === 'object') return [mapText(schema)];
  const type = (typeof schema.type === 'string' ? TYPES[schema.type] : undefined) ?? 'anything';
  return [schema.examples === undefined ? type : `${type} such as ${joinOr(schema.examples.map(code))}`];
}

function mapText(schema: JsonSchema): string {
  const { properties, additionalProperties } = schema;
  if (properties !== undefined) return 'map';
  if (typeof additionalProperties !== 'object' || Object.keys(additionalProperties).length === 0) return 'map';
  return `map of names to ${valueText(additionalProperties)}`;
}

function defaultText(schema: JsonSchema, required: boolean): string {
  if (schema.default === undefined) return required ? 'required' : '';
  return ['{}', '[]'].includes(JSON.stringify(schema.default)) ? '' : code(schema.default);
}

function code(value: unknown): string {
  const text = typeof value === 'string' && value !== '' && value !== '"' ? value : JSON.stringify(value);
  return `\`${text}\``;
}
