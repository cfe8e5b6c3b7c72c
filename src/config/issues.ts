// What zod found wrong, in the words of this product.

import type { z } from 'zod';

import { joinOr } from './problems.ts';

export type Issue = z.core.$ZodIssue;

/** A union that failed, as the problems of the one alternative that was meant, or as one problem that names them all. */
export function flatten(issue: Issue): readonly Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const nested = issue.errors.map((branch) =>
    branch.flatMap((inner) => flatten({ ...inner, path: [...issue.path, ...inner.path] })),
  );
  const meant = nested.filter((branch) => !branch.some((inner) => isWrongType(inner, issue.path.length)));
  return (meant.length === 1 && meant[0]) || [issue];
}

function isWrongType(issue: Issue, depth: number): boolean {
  return (
    issue.path.length === depth && ['invalid_type', 'invalid_value', 'invalid_union', 'custom'].includes(issue.code)
  );
}

/** The words that are allowed there. */
export function wordsOf(issue: Issue): readonly string[] {
  if (issue.code === 'invalid_value') return issue.values.map(String);
  if (issue.code !== 'invalid_union') return [];
  return 'options' in issue && Array.isArray(issue.options)
    ? issue.options.map(String)
    : issue.errors.flat().flatMap(wordsOf);
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
  null: 'null',
};

/** What a schema expected, in the words of this product. Schemas with their own words are not asked. */
export function expectation(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${TYPES[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `expected ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return `expected at least ${String(issue.minimum)}`;
    case 'too_big':
      return `expected at most ${String(issue.maximum)}`;
    case 'invalid_union':
      // A map that a key tells the alternatives of apart.
      if (Array.isArray(issue['options'])) return `expected one of ${issue['options'].join(', ')}`;
      return `expected ${joinOr(unionExpectations(issue.errors))}`;
    default:
      return 'expected something else';
  }
}

function unionExpectations(branches: readonly (readonly Issue[])[] | undefined): readonly string[] {
  const messages = (branches ?? []).flatMap((branch) => branch.map((inner) => inner.message.replace(/^expected /, '')));
  return [...new Set(messages)];
}
