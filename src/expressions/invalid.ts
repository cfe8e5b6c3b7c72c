// How compilers say that a definition is wrong, and where.

import { SyncError } from '../domain/errors.ts';

/** Where in a definition: `['map', 'phone', 'apply', 0]`. The configuration loader finds the line by it. */
export type DefinitionPath = readonly (string | number)[];

/** An error of the definition at a place; `within` puts the outer part of the place in front. */
export function invalid(message: string, path: DefinitionPath = []): SyncError {
  return new SyncError('config.invalid', { message, details: { path } });
}

/** Runs one part of a compiler; an `invalid` thrown inside gets `path` in front of its own. */
export function within<T>(path: DefinitionPath, compile: () => T): T {
  try {
    return compile();
  } catch (error) {
    if (!(error instanceof SyncError) || error.code !== 'config.invalid') throw error;
    const inner = Array.isArray(error.details['path']) ? (error.details['path'] as DefinitionPath) : [];
    throw new SyncError('config.invalid', {
      message: error.message,
      details: { ...error.details, path: [...path, ...inner] },
      cause: error.cause,
    });
  }
}
