// The destinations there are. A new one is a folder and a line here.

import type { DestinationKind } from './destination.ts';
import { fileDestination } from './file/destination.ts';
import { postgresDestination } from './postgres/destination.ts';

const KINDS: readonly DestinationKind[] = [postgresDestination, fileDestination];

export const destinationKinds: ReadonlyMap<string, DestinationKind> = new Map(KINDS.map((kind) => [kind.kind, kind]));
