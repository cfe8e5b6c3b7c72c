// The contract of a transform function. A new one is a file beside this and a line in `registry.ts`.

import type { z } from 'zod';

import type { SourceRecord, Value } from '../../domain/values.ts';
import { invalid } from '../../expressions/invalid.ts';
import type { FunctionResult } from '../transform.ts';
import type { Answers } from '../user-functions.ts';

export interface StepContext {
  readonly record: SourceRecord;
  /** Of functions that the user wrote; absent where none can be called. */
  readonly answers?: Answers | undefined;
}

/** Called for each text of a record: of a list for each item, never for null. Booleans come as `true` and `false`. */
export type TextStep = (text: string, context: StepContext) => FunctionResult;

/** Called once with the whole list; a single text comes as a list of one. Nulls are left out. */
export type ListStep = (list: readonly string[], context: StepContext) => FunctionResult;

/** One line of the documentation, and one test. */
export interface FunctionExample {
  readonly args?: unknown;
  readonly input: Value;
  /** The source record, for functions that look at it. */
  readonly record?: SourceRecord;
  readonly output?: Value;
  readonly error?: string;
}

interface FunctionHead {
  /** As written under `apply`. Permanent. */
  readonly name: string;
  /** One sentence for the reference. */
  readonly summary: string;
  readonly examples: readonly FunctionExample[];
}

/**
 * A named step of a mapping. `parse` checks the arguments as written in the YAML (null when there are none) once and
 * throws `config.invalid`; the step it returns is pure and never throws.
 */
export type TransformFunction =
  | (FunctionHead & { readonly takes: 'text'; readonly parse: (args: unknown) => TextStep })
  | (FunctionHead & { readonly takes: 'list'; readonly parse: (args: unknown) => ListStep });

/** Checks arguments against a schema; the error names the argument. */
export function parseArgs<T>(name: string, schema: z.ZodType<T>, args: unknown): T {
  const parsed = schema.safeParse(args);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = issue === undefined || issue.path.length === 0 ? '' : ` ${issue.path.join('.')}:`;
  throw invalid(`${name}:${place} ${issue?.message ?? 'the arguments are not valid'}`);
}

/** For functions without arguments. */
export function parseNoArgs(name: string, args: unknown): void {
  if (args !== null && args !== undefined) throw invalid(`${name}: takes no arguments`);
}

/** A function without arguments that changes a text and never fails. */
export function plainFunction(head: FunctionHead, change: (text: string) => string): TransformFunction {
  return {
    ...head,
    takes: 'text',
    parse: (args) => {
      parseNoArgs(head.name, args);
      return (text) => ({ value: change(text) });
    },
  };
}
