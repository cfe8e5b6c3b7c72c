// A YAML file through a zod schema: every problem in words, and as much of the data as is right.

import type { z } from 'zod';

import { expectation, flatten, wordsOf, type Issue } from './issues.ts';
import { knownKeys, type JsonSchema } from './json-schema.ts';
import { describeValue, type Path, type Problem } from './problems.ts';
import { parsePrunedly, plainPath, type Parsed, type Parts } from './prune.ts';
import { nearest } from '../domain/suggest.ts';
import type { YamlFile } from './yaml-file.ts';

interface Grammar<T> {
  readonly schema: z.ZodType<T>;
  /** The same, with every key at the top optional. */
  readonly parts: z.ZodType<Parts<T>>;
  readonly json: JsonSchema;
}

/** Parses the data of a file and adds what is wrong to the file's problems. */
export function parseFile<T>(file: YamlFile, grammar: Grammar<T>): Parsed<Parts<T>> {
  const { schema, parts, json } = grammar;
  if (file.data === undefined) return { value: undefined, pathInFile: (path) => path };
  const result = schema.safeParse(file.data, { error: expectation });
  if (result.success) return { value: result.data, pathInFile: (path) => path };
  report(result.error.issues.flatMap(flatten), file, json);
  return parsePrunedly(file.data, { schema: parts, meant: (path, key) => nearest(key, knownKeys(json, path)) });
}

interface Finding {
  readonly path: Path;
  readonly issue: Issue;
}

function report(issues: readonly Issue[], file: YamlFile, json: JsonSchema): void {
  const findings = issues.map((issue): Finding => ({ path: plainPath(issue.path), issue }));
  const meantPaths = findings.flatMap((finding) => reportUnknownKeys(finding, file, json));
  const meant = new Set(meantPaths.map((path) => JSON.stringify(path)));
  const around = new Set(meantPaths.map((path) => JSON.stringify(path.slice(0, -1))));
  for (const { path, issue } of findings) {
    if (issue.code === 'unrecognized_keys') continue;
    const missing = path.length > 0 && file.at(path) === undefined;
    // A misspelt key is one mistake, not two: nothing else is missing where it stands.
    if (missing && meant.has(JSON.stringify(path))) continue;
    if (issue.code === 'custom' && around.has(JSON.stringify(path))) continue;
    file.problems.push(missing ? missingProblem(file, { path, issue }) : valueProblem(file, { path, issue }));
  }
}

/** Answers with the paths of the keys that were probably meant. */
function reportUnknownKeys({ path, issue }: Finding, file: YamlFile, json: JsonSchema): readonly Path[] {
  if (issue.code !== 'unrecognized_keys') return [];
  return issue.keys.flatMap((key) => {
    // What another alternative of the map knows is not a misspelling.
    const known = knownKeys(json, path);
    const suggestion = known.includes(key) ? undefined : nearest(key, known);
    file.problems.push(file.problem([...path, key], `unknown key \`${key}\``, { at: 'key', suggestion }));
    return suggestion === undefined ? [] : [[...path, suggestion]];
  });
}

function missingProblem(file: YamlFile, { path, issue }: Finding): Problem {
  const message = issue.code === 'custom' ? issue.message : `\`${path.at(-1)}\` is required: ${issue.message}`;
  return file.problem(path, message);
}

function valueProblem(file: YamlFile, { path, issue }: Finding): Problem {
  if (issue.code === 'invalid_key') {
    const why = issue.issues[0]?.message ?? 'expected another name';
    return file.problem(path, `${why}; found \`${path.at(-1)}\``, { at: 'key' });
  }
  if (!/^expected [^;]*$/.test(issue.message)) return file.problem(path, issue.message);
  const found = file.at(path);
  const suggestion = typeof found === 'string' ? nearest(found, wordsOf(issue)) : undefined;
  return file.problem(path, `${issue.message}; found ${describeValue(found)}`, { suggestion });
}
