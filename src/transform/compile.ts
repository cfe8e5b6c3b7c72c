// Compiles a sync's mapping once; nothing of the definition is looked at again for a record.

import type { FieldType, ObjectDefinition, SyncDefinition } from '../domain/definition.ts';
import type { SourceRecord, Value, Violation } from '../domain/values.ts';
import { createCel } from '../expressions/cel.ts';
import { invalid, within } from '../expressions/invalid.ts';
import { FunctionsInCel } from './cel-functions.ts';
import { Fault } from './fault.ts';
import { compileKey, compileVersion } from './key.ts';
import {
  compileCondition,
  compileMapping,
  type Condition,
  type MakeField,
  type MappingSetting,
  type RecordContext,
} from './mapping.ts';
import { compileOperation } from './operation.ts';
import type { Transform } from './transform.ts';

const EXACT: ReadonlySet<FieldType> = new Set(['text', 'phone', 'reference']);

/**
 * Compiles the mapping of a sync. The object says which fields have to be exact.
 *
 * The transform is pure and never throws. Throws `config.invalid` for unknown functions, wrong arguments, and paths or
 * expressions that are none; `details.path` is the place in the definition: `['map', field, 'apply', 0, 'phone']`,
 * `['map', field, 'from', 0]`, `['map', field, 'cel']`, `['from', 'key']`, `['from', 'version']`.
 */
export function compileTransform(
  definition: SyncDefinition,
  object: Pick<ObjectDefinition, 'fields'> = { fields: {} },
): Transform {
  const { stream } = definition;
  const setting = settingOf(definition);
  const fields = Object.entries(definition.map).map(([name, mapping]): readonly [string, MakeField] =>
    within(['map', name], () => [
      checkName(name),
      compileMapping(mapping, { ...setting, exact: EXACT.has(object.fields[name]?.type ?? 'decimal') }),
    ]),
  );
  const readKey = compileKey(stream);
  const readVersion = compileVersion(stream);
  const readOperation = compileOperation(stream);
  const where = compileWhere(definition, setting);
  const variablesOf = compileVariables(definition);

  return (record, answers) => {
    const violations: Violation[] = [];
    const made: Record<string, Value> = {};
    const key = readKey(record, violations);
    const operation = readOperation(record);
    if (operation !== 'upsert')
      return { key, version: readVersion(record, violations), operation, fields: {}, violations };
    const context = { record, answers, variables: variablesOf(record, key) };
    const holds = where(context);
    if (holds === false) return { key, version: null, operation: 'upsert', fields: {}, violations: [], filtered: true };
    if (holds instanceof Fault) violations.push(holds.toViolation(null));
    for (const [name, makeField] of fields) {
      const value = makeField(context);
      if (value instanceof Fault) violations.push(value.toViolation(name));
      else if (value !== undefined) made[name] = value;
    }
    const version = readVersion(record, violations);
    return { key, version, operation, fields: made, violations };
  };
}

function compileWhere({ where }: SyncDefinition, setting: MappingSetting): Condition {
  return where === null ? () => true : within(['where'], () => compileCondition(where, 'where', setting));
}

function settingOf({ stream }: SyncDefinition): MappingSetting {
  const names = stream.each === null ? VARIABLES : [...VARIABLES, stream.parent];
  if (stream.each !== null && VARIABLES.includes(stream.parent))
    throw invalid(`expected another name; \`${stream.parent}\` has a meaning in expressions`, ['from', 'parent']);
  const functions = new FunctionsInCel();
  const cel = createCel(names, { functions, optionals: true });
  return { cel, functions, exact: false, whenEmpty: stream.empty === 'null' ? null : undefined };
}

/** What expressions may speak of: all of it follows from the record and the definition. */
const VARIABLES: readonly string[] = ['record', 'key', 'stream'];

function compileVariables({
  sync,
  object,
  stream,
}: SyncDefinition): (record: SourceRecord, key: string | null) => RecordContext['variables'] {
  const about = { sync, object, connection: stream.connection, name: stream.stream };
  const { each, parent } = stream;
  if (each === null) return (record, key) => ({ record, key, stream: about });
  return (record, key) => ({ record, key, stream: about, [parent]: record[parent] });
}

/** Fields are properties of plain objects; a name that every object has would be found where there is no field. */
function checkName(name: string): string {
  if (name in Object.prototype) throw invalid(`\`${name}\` cannot be the name of a field`);
  return name;
}
