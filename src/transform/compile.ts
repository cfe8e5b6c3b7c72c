// Compiles a sync's mapping once; nothing of the definition is looked at again for a record.

import type { SyncDefinition } from '../domain/definition.ts';
import type { Value, Violation } from '../domain/values.ts';
import { createCel } from '../expressions/cel.ts';
import { invalid, within } from '../expressions/invalid.ts';
import { Fault } from './fault.ts';
import { compileKey, compileVersion } from './key.ts';
import { compileMapping, type MakeField } from './mapping.ts';
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
  const readKey = compileKey(stream);
  const readVersion = compileVersion(stream);

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
      key: readKey(record, violations),
      version: readVersion(record, violations),
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
