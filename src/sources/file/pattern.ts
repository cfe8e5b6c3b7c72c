// Patterns of files below a connection's folder: one name pattern a folder level.

import { SyncError } from '../../domain/errors.ts';
import { namePatternProblem } from '../../domain/name-pattern.ts';

/** Splits a pattern into the names to match, one a folder level. Refuses patterns that could leave the folder. */
export function splitPattern(pattern: string): readonly string[] {
  const names = pattern.split('/');
  const bad = names.some(
    (name) => name === '' || name === '.' || name === '..' || name.includes('\\') || name.includes('\0'),
  );
  const problem = namePatternProblem(pattern) ?? (bad ? "it does not name files below the connection's folder" : null);
  if (problem === null) return names;
  throw new SyncError('source.unreadable', { message: `the pattern "${pattern}": ${problem}` });
}
