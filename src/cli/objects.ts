// Objects of the project, as commands name them.

import type { Project } from '../config/load.ts';
import type { ConnectionDefinition, ObjectDefinition } from '../domain/definition.ts';
import { SyncError } from '../domain/errors.ts';

export interface NamedObject {
  readonly object: ObjectDefinition;
  /** The CRM that it lives in. */
  readonly connection: ConnectionDefinition;
}

/** Errors: `config.unknown_object`. */
export function requireObject({ objects, connections }: Project, name: string): NamedObject {
  const object = objects[name];
  const connection = connections[object?.destination ?? ''];
  if (object !== undefined && connection !== undefined) return { object, connection };
  throw new SyncError('config.unknown_object', {
    message: `there is no object ${name}; there are ${Object.keys(objects).join(', ')}`,
  });
}
