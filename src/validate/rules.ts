// The rules of a sync, compiled.

import type { ObjectDefinition, RuleDefinition, SyncDefinition } from '../domain/definition.ts';
import type { CelCompiler } from '../expressions/cel.ts';
import { createCel } from '../expressions/cel.ts';
import { invalid, within } from '../expressions/invalid.ts';
import { compileFix, type Fix } from './fix.ts';
import { RULE_KINDS } from './rules/registry.ts';
import type { Check, RuleField, RuleSetting } from './rules/rule.ts';

export interface CompiledRule extends Check {
  readonly definition: RuleDefinition;
  readonly fix: Fix | null;
}

/** What seal keeps of each record has a bit for each of them. */
const MAX_AFTER_READ = 16;

interface Around {
  readonly fields: RuleSetting['fields'];
  readonly cel: CelCompiler;
}

/** Compiles all rules; throws `config.invalid` with `['check', index, kind, …]` as `details.path`. */
export function compileRules(sync: SyncDefinition, object: ObjectDefinition): readonly CompiledRule[] {
  const cel = createCel(Object.keys(object.fields));
  const fields = Object.fromEntries(Object.entries(object.fields).filter(([name]) => Object.hasOwn(sync.map, name)));
  const afterRead = sync.check.filter(({ kind }) => RULE_KINDS.get(kind)?.decidedBySeal === true);
  if (afterRead.length > MAX_AFTER_READ)
    throw invalid(`there are more than ${MAX_AFTER_READ} rules \`unique\``, ['check']);
  return sync.check.map((definition, index) =>
    within(['check', index], () => compileRule(definition, findField(definition, sync, object), { fields, cel })),
  );
}

function compileRule(definition: RuleDefinition, field: RuleField | null, around: Around): CompiledRule {
  const kind = RULE_KINDS.get(definition.kind);
  if (kind === undefined) throw invalid(`there is no rule \`${definition.kind}\``);
  if (field === null && definition.level === 'drop_field') throw invalid('`drop_field` needs a `field`', ['else']);
  const { fix: steps } = definition;
  if (field === null && steps !== undefined) throw invalid('`fix` needs a `field`', ['else']);
  if (kind.decidedBySeal === true && (steps !== undefined || definition.level === 'drop_field'))
    throw invalid(`\`${definition.kind}\` is decided when all records are read, too late for this`, ['else']);
  const check = within([definition.kind], () => kind.compile(definition.args, { field, ...around }));
  const fix = steps === undefined ? null : within(['else', 'fix'], () => compileFix(steps));
  return { ...check, definition, fix };
}

function findField({ field }: RuleDefinition, sync: SyncDefinition, object: ObjectDefinition): RuleField | null {
  if (field === null) return null;
  const definition = Object.hasOwn(object.fields, field) ? object.fields[field] : undefined;
  if (definition === undefined) throw invalid(`the object \`${object.name}\` has no field \`${field}\``, ['field']);
  if (!Object.hasOwn(sync.map, field)) throw invalid(`this sync does not map the field \`${field}\``, ['field']);
  return { ...definition, name: field };
}
