// The contract of a rule kind. A new one is a file beside this and a line in `registry.ts`.

import { z } from 'zod';

import type { FieldDefinition, FieldType } from '../../domain/definition.ts';
import { isList, type Fields, type Value } from '../../domain/values.ts';
import type { CelCompiler } from '../../expressions/cel.ts';
import { invalid } from '../../expressions/invalid.ts';

/** The field of a rule that has one. */
export interface RuleField extends FieldDefinition {
  readonly name: string;
}

export interface RuleSetting {
  readonly field: RuleField | null;
  /** The fields that the sync maps, by name: what a rule may look at besides its own. */
  readonly fields: Readonly<Record<string, FieldDefinition>>;
  readonly cel: CelCompiler;
}

/** What a rule may know besides the fields. A record is judged the same whenever it is judged again for the same run. */
export interface RuleContext {
  /** When the run began, as a canonical date-time; null where there is no run. */
  readonly runStart: string | null;
}

export interface Failure {
  readonly message: string;
  readonly value?: Value;
}

export interface Check {
  /** Null when the rule holds. Pure; never throws. */
  readonly run: (fields: Fields, context: RuleContext) => Failure | null;
  /** The fields it looks at. When one of them already rejects the record, the rule is left out: it would be noise. */
  readonly reads: ReadonlySet<string>;
}

/** One line of the documentation, and one test. */
export interface RuleExample {
  readonly args: unknown;
  /** Of the field; default: text. */
  readonly type?: FieldType;
  readonly input: Value;
  /** Other fields, all of the same type. */
  readonly others?: Fields;
  readonly runStart?: string;
  /** What is wrong; without it the rule holds. */
  readonly error?: string;
}

export interface RuleKind {
  /** As written under `check`. Permanent; the `rule` of its violations. */
  readonly kind: string;
  /** One sentence for the reference. */
  readonly summary: string;
  readonly examples: readonly RuleExample[];
  /** Looks at all records of a read: one record alone never fails it. */
  readonly decidedBySeal?: true;
  /** Checks the arguments as written once; throws `config.invalid`. */
  readonly compile: (args: unknown, setting: RuleSetting) => Check;
}

/** A check of one value: null when it holds, otherwise what is wrong (`has 3 characters; …`). */
export type ValueTest = (value: string | boolean) => string | null;

/** Applies a test to a field, of a list to each item; absent and null pass. */
export function checkValue(field: RuleField, test: ValueTest): Check {
  const { name } = field;
  return { reads: new Set([name]), run: (fields) => testItems(fields[name], test) };
}

export function parseArgs<T>(schema: z.ZodType<T>, args: unknown): T {
  const parsed = schema.safeParse(args);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalid(
    issue?.message ?? 'the arguments are not valid',
    issue?.path.map((step) => (typeof step === 'symbol' ? '' : step)) ?? [],
  );
}

export function requireField({ field }: RuleSetting): RuleField {
  if (field === null) throw invalid('`field` is required');
  return field;
}

/** Numbers and booleans as written in YAML, as text. */
export const scalar = z
  .union([z.string(), z.number(), z.boolean()], { error: 'expected text, a number or a boolean' })
  .transform(String);

function testItems(value: Value | undefined, test: ValueTest): Failure | null {
  if (value === undefined || value === null) return null;
  if (!isList(value)) {
    const message = test(value);
    return message === null ? null : { message, value };
  }
  for (const item of value) {
    const failure = testItems(item, test);
    if (failure !== null) return failure;
  }
  return null;
}
