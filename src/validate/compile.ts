// Compiles a sync's checks once: types, required fields, rules.

import type { FieldDefinition, ObjectDefinition, RuleDefinition, SyncDefinition } from '../domain/definition.ts';
import { type Fields, isEmpty, type Value, type Violation } from '../domain/values.ts';
import { excerpt } from '../expressions/excerpt.ts';
import { invalid } from '../expressions/invalid.ts';
import type { Canonical } from '../transform/transform.ts';
import { checkField, checkIdentity, toViolation } from './fields.ts';
import { compileRules, type CompiledRule } from './rules.ts';
import type { RuleContext } from './rules/rule.ts';
import type { Validate, Verdict } from './validate.ts';

interface MappedField {
  readonly name: string;
  readonly definition: FieldDefinition;
}

interface Checks {
  readonly fields: readonly MappedField[];
  readonly rules: readonly CompiledRule[];
  readonly lenient: ReadonlySet<string>;
  /** A change event says nothing of the fields it leaves out: only null breaks `required` then. */
  readonly partial: boolean;
}

/**
 * Compiles the checks of a sync for its object. Pure and never throws for a record; throws `config.invalid` for rules
 * and fields that cannot be, with `['check', 0, 'pattern']` or `['map', field]` as `details.path`.
 *
 * A field that could not be made, by its mapping or its type, rejects the record, unless the sync has for that field a
 * rule with `else: drop_field` (whatever is wrong with it, the field is left out) or `required: true` with `else: warn`
 * (the record may come without it). Then the violation is a warning, and the field is absent.
 * Rules that look at a field which already rejects the record are left out: their answer would be noise.
 */
export function compileValidate(definition: SyncDefinition, object: ObjectDefinition): Validate {
  const checks: Checks = {
    fields: Object.keys(definition.map).map((name) => findMapped(object, name)),
    rules: compileRules(definition, object),
    lenient: new Set(definition.check.filter(isLenient).flatMap(({ field }) => field ?? [])),
    partial: definition.stream.records === 'partial',
  };
  return (record, runStart) => new Checking(checks, { runStart: runStart ?? null }).judge(record);
}

function findMapped(object: ObjectDefinition, name: string): MappedField {
  const definition = Object.hasOwn(object.fields, name) ? object.fields[name] : undefined;
  if (definition === undefined) throw invalid(`the object \`${object.name}\` has no field \`${name}\``, ['map', name]);
  return { name, definition };
}

function isLenient({ kind, level }: RuleDefinition): boolean {
  return level === 'drop_field' || (kind === 'required' && level === 'warn');
}

/** One record on its way through the checks. */
class Checking {
  readonly #checks: Checks;
  readonly #fields: Record<string, Value> = {};
  readonly #violations: Violation[] = [];
  readonly #warnings: Violation[] = [];
  /** Fields that could not be made, and those of them that reject the record. */
  readonly #failed = new Set<string>();
  readonly #refused = new Set<string>();
  /** Fields that a rule left out. */
  readonly #dropped = new Set<string>();
  readonly #context: RuleContext;
  #batch = false;

  constructor(checks: Checks, context: RuleContext) {
    this.#checks = checks;
    this.#context = context;
  }

  judge(record: Canonical): Verdict {
    // What is wrong with the key itself says more than that there is none.
    if (record.violations.every(({ field }) => field !== undefined))
      this.#violations.push(...checkIdentity(record.key, record.version));
    for (const violation of record.violations) this.#fail(violation);
    if (record.operation === 'upsert') this.#checkFields(record.fields);
    if (this.#violations.length > 0) return { kind: 'rejected', violations: this.#violations, batch: this.#batch };
    const unsaid = [...new Set([...this.#failed, ...this.#dropped])].filter(
      (name) => !Object.hasOwn(this.#fields, name),
    );
    const verdict = { kind: 'accepted' as const, fields: this.#fields, warnings: this.#warnings };
    return unsaid.length === 0 ? verdict : { ...verdict, unsaid };
  }

  /** An end has none. */
  #checkFields(fields: Fields): void {
    for (const field of this.#checks.fields) this.#checkType(field, fields[field.name]);
    this.#checkRequired();
    for (const rule of this.#checks.rules) this.#checkRule(rule);
  }

  #checkType({ name, definition }: MappedField, value: Value | undefined): void {
    if (value === undefined) return;
    const checked = checkField(definition, value);
    if ('value' in checked) this.#fields[name] = checked.value;
    else this.#fail(toViolation(name, checked, value));
  }

  #fail(violation: Violation): void {
    const { field } = violation;
    const lenient = field !== undefined && this.#checks.lenient.has(field);
    (lenient ? this.#warnings : this.#violations).push(violation);
    if (field === undefined) return;
    this.#failed.add(field);
    if (!lenient) this.#refused.add(field);
  }

  #checkRequired(): void {
    for (const { name, definition } of this.#checks.fields) {
      if (!definition.required || this.#refused.has(name)) continue;
      const value = this.#fields[name];
      const unsaid = value === undefined && this.#checks.partial && !this.#failed.has(name);
      if (isEmpty(value) && !unsaid)
        this.#violations.push(toViolation(name, { rule: 'required', message: 'is required' }));
    }
  }

  #checkRule(rule: CompiledRule): void {
    const failure = this.#isMoot(rule) ? null : rule.run(this.#fields, this.#context);
    if (failure === null) return;
    const { field, kind, level, message } = rule.definition;
    const parts = { rule: kind, message: message ?? failure.message };
    if (this.#isFixed(rule, parts)) return;
    const whole: Violation = { rule: kind, message: parts.message };
    const violation = field === null ? whole : toViolation(field, parts, failure.value);
    if (level === 'reject' || level === 'reject_batch') this.#violations.push(violation);
    else this.#warnings.push(violation);
    if (level === 'reject_batch') this.#batch = true;
    if (level === 'drop_field' && field !== null) this.#drop(field);
  }

  /** Mends the value where the rule's functions can; then a warning says what it was and what it is. */
  #isFixed(rule: CompiledRule, parts: { readonly rule: string; readonly message: string }): boolean {
    const { field: name } = rule.definition;
    const before = name === null ? undefined : this.#fields[name];
    const mapped = this.#checks.fields.find((one) => one.name === name);
    if (rule.fix === null || name === null || before === undefined || mapped === undefined) return false;
    const made = rule.fix(before, this.#fields);
    const checked = checkField(mapped.definition, made);
    if (made === null || !('value' in checked)) return false;
    this.#fields[name] = checked.value;
    if (rule.run(this.#fields, this.#context) === null) {
      const message = `${parts.message}; made ${excerpt(checked.value)} of it`;
      this.#warnings.push(toViolation(name, { ...parts, message }, before));
      return true;
    }
    this.#fields[name] = before;
    return false;
  }

  /** Whether what the rule would say has been said: its field rejects the record, or its absence is a warning. */
  #isMoot({ definition: { field, kind, level }, reads }: CompiledRule): boolean {
    for (const name of this.#refused) if (reads.has(name)) return true;
    return kind === 'required' && level !== 'reject' && level !== 'reject_batch' && this.#failed.has(field ?? '');
  }

  #drop(name: string): void {
    const had = Object.hasOwn(this.#fields, name);
    delete this.#fields[name];
    if (had) this.#dropped.add(name);
    const required = this.#checks.fields.some((field) => field.name === name && field.definition.required);
    const message = 'is required, and a rule of the sync left it out';
    if (had && required) this.#violations.push(toViolation(name, { rule: 'required', message }));
  }
}
