// The project with the connectors and compilers that there are: what configuration alone cannot check.

import { type LoadOptions, loadProject, type Project } from '../config/load.ts';
import type { PathProblem } from '../config/problems.ts';
import type { ObjectDefinition, SyncDefinition } from '../domain/definition.ts';
import { SyncError } from '../domain/errors.ts';
import { destinationKinds } from '../destinations/registry.ts';
import { sourceKinds } from '../sources/registry.ts';
import { compileTransform } from '../transform/compile.ts';
import { compileExplode } from '../transform/explode.ts';
import { compileValidate } from '../validate/compile.ts';

/**
 * Loads a project folder and compiles every mapping and rule. Errors: `config.not_found`, `config.invalid`.
 *
 * @param drafts files that are not written yet, by their names
 */
export async function openProject(projectDir: string, drafts: LoadOptions['drafts'] = {}): Promise<Project> {
  const options: LoadOptions = {
    drafts,
    sourceKinds: sourceKinds.keys(),
    destinationKinds: destinationKinds.keys(),
    check: compileProblems,
  };
  return loadProject(projectDir, options);
}

function compileProblems(sync: SyncDefinition, object: ObjectDefinition): readonly PathProblem[] {
  return [() => compileExplode(sync.stream), () => compileTransform(sync), () => compileValidate(sync, object)].flatMap(
    (compile) => {
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
    },
  );
}
