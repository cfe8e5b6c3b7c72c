// Compiles a sync's mapping once; nothing of the definition is looked at again for a record.

import type { SyncDefinition } from '../domain/definition.ts';
import type { SourceRecord, Value, Violation } from '../domain/values.ts';
import { createCel } from '../expressions/cel.ts';
import { invalid, within } from '../expressions/invalid.ts';
import { Fault } from './fault.ts';
import { compileMapping, type MakeField } from './mapping.ts';
import { compilePath, type Path } from './path.ts';
import type { Transform } from './transform.ts';

/**
 * Compiles the mapping of a sync.
 *
 * The transform is pure and never throws. Throws `config.invalid` for unknown functions, wrong arguments, and paths or
 * expressions that are none; `details.path` is the place in the definition: `['map', field, 'apply', 0, 'phone']`,
 * `['map', field, 'from', 0]`, `['map', field, 'cel']`, `['from', 'key']`, `['from', 'version']`.
 */
export function compileTransform(definition: SyncDefinition): Transform {
  const { stream } = definition;
  const setting = { cel: createCel(['record']), whenEmpty: stream.empty === 'null' ? null : undefined };
  const fields = Object.entries(definition.map).map(([name, mapping]): readonly [string, MakeField] =>
    within(['map', name], () => [checkName(name), compileMapping(mapping, setting)]),
  );
  const keyPath = within(['from', 'key'], () => compilePath(stream.key));
  const versionPath =
    stream.version === null ? null : within(['from', 'version'], () => compilePath(stream.version ?? ''));

  return (record) => {
    const violations: Violation[] = [];
    const made: Record<string, Value> = {};
    const context = { record };
    for (const [name, makeField] of fields) {
      const value = makeField(context);
      if (value instanceof Fault) violations.push(value.toViolation(name));
      else if (value !== undefined) made[name] = value;
    }
    return {
      key: readText(keyPath, record, violations)?.trim() || null,
      version: versionPath === null ? null : readText(versionPath, record, violations) || null,
      operation: 'upsert',
      fields: made,
      violations,
    };
  };
}

/** Fields are properties of plain objects; a name that every object has would be found where there is no field. */
function checkName(name: string): string {
  if (name in Object.prototype) throw invalid(`\`${name}\` cannot be the name of a field`);
  return name;
}

function readText(path: Path, record: SourceRecord, violations: Violation[]): string | null {
  const value = path(record);
  if (value instanceof Fault) violations.push(value.toViolation(null));
  else if (typeof value === 'string' || typeof value === 'boolean') return String(value);
  else if (value !== undefined && value !== null) {
    violations.push(
      new Fault('mapping.list', 'the key or version is a list; pick one with [0]', value).toViolation(null),
    );
  }
  return null;
}
