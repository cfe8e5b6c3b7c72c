// The project with the connectors and compilers that there are: what configuration alone cannot check.

import { resolve } from 'node:path';
import { type LoadOptions, loadProject, type Project } from '../config/load.ts';
import type { PathProblem } from '../config/problems.ts';
import { nearest } from '../domain/suggest.ts';
import type { ObjectDefinition, SyncDefinition } from '../domain/definition.ts';
import { SyncError } from '../domain/errors.ts';
import { destinationKinds } from '../destinations/registry.ts';
import { userFunctionsIn } from '../domain/user-functions.ts';
import { sourceKinds } from '../sources/registry.ts';
import { compileTransform } from '../transform/compile.ts';
import { compileExplode } from '../transform/explode.ts';
import { compileValidate } from '../validate/compile.ts';
import { loadFunctions } from './functions.ts';

/**
 * Loads a project folder and compiles every mapping and rule. Errors: `config.not_found`, `config.invalid`.
 *
 * @param drafts files that are not written yet, by their names
 */
export async function openProject(projectDir: string, drafts: LoadOptions['drafts'] = {}): Promise<Project> {
  const { module, names, problems } = await loadFunctions(resolve(projectDir));
  const options: LoadOptions = {
    drafts,
    functions: module,
    problems,
    sourceKinds: sourceKinds.keys(),
    tableKinds: [...sourceKinds.values()].flatMap(({ kind, tables }) => (tables ? [kind] : [])),
    destinationKinds: destinationKinds.keys(),
    // Of a file that cannot be loaded nobody knows what it exports.
    check: (sync, object) => [
      ...compileProblems(sync, object),
      ...(problems.length > 0 ? [] : unknownFunctions(sync, names)),
    ],
  };
  return loadProject(projectDir, options);
}

function unknownFunctions({ map }: SyncDefinition, names: readonly string[]): readonly PathProblem[] {
  const there = names.length === 0 ? 'there is no functions.ts with any' : names.map((name) => `my.${name}`).join(', ');
  return userFunctionsIn(map).flatMap(({ name, path }) => {
    if (names.includes(name)) return [];
    const suggestion = nearest(name, names);
    const message = `expected a function that functions.ts exports (${there}); found \`my.${name}\``;
    return [
      { path: ['map', ...path], message, ...(suggestion === undefined ? {} : { suggestion: `my.${suggestion}` }) },
    ];
  });
}

function compileProblems(sync: SyncDefinition, object: ObjectDefinition): readonly PathProblem[] {
  return [
    () => compileExplode(sync.stream),
    () => compileTransform(sync, object),
    () => compileValidate(sync, object),
  ].flatMap((compile) => {
    try {
      compile();
      return [];
    } catch (error) {
      if (!(error instanceof SyncError)) throw error;
      const { path } = error.details;
      const parts = Array.isArray(path)
        ? path.filter((part) => typeof part === 'string' || typeof part === 'number')
        : [];
      return [{ path: parts, message: error.message }];
    }
  });
}
