// References to secrets: `${env:NAME}`, `${env:NAME:-default}`, `${file:PATH}`. Resolved when a connection is opened,
// never before, so that definitions can be stored and shown.

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';

import type { ConnectionDefinition } from '../domain/definition.ts';
import { SyncError } from '../domain/errors.ts';

type Reference =
  | { readonly kind: 'env'; readonly name: string; readonly fallback: string | undefined }
  | { readonly kind: 'file'; readonly path: string };

export interface SecretContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Relative paths of `${file:PATH}` start here. */
  readonly projectDir: string;
}

const REFERENCE = /\$\{[^}]*\}?/g;

/**
 * The settings of a connection with every reference replaced, wherever it stands inside a text. What a reference
 * yields is not searched again. A variable that is empty counts as not set; files lose the white space around them.
 *
 * Errors: `config.secret_missing`, which names the variable or file and the connection, and never a value.
 */
export async function resolveSecrets(
  connection: ConnectionDefinition,
  context: SecretContext,
): Promise<Readonly<Record<string, unknown>>> {
  const reader: Reader = { connection: connection.name, ...context };
  return resolveMap(connection.settings, reader);
}

/** The first thing in a text that begins like a reference and is none; undefined when all is well. */
export function malformedReference(text: string): string | undefined {
  return text.match(REFERENCE)?.find((reference) => parseReference(reference) === undefined);
}

interface Reader extends SecretContext {
  readonly connection: string;
}

async function resolveMap(map: object, reader: Reader): Promise<Record<string, unknown>> {
  const entries: [string, unknown][] = [];
  for (const [key, value] of Object.entries(map)) entries.push([key, await resolveValue(value, reader)]);
  return Object.fromEntries(entries);
}

async function resolveValue(value: unknown, reader: Reader): Promise<unknown> {
  if (typeof value === 'string') return resolveText(value, reader);
  if (Array.isArray(value)) return Promise.all(value.map((item: unknown) => resolveValue(item, reader)));
  return typeof value === 'object' && value !== null ? resolveMap(value, reader) : value;
}

async function resolveText(text: string, reader: Reader): Promise<string> {
  let resolved = '';
  let end = 0;
  for (const match of text.matchAll(REFERENCE)) {
    resolved += text.slice(end, match.index) + (await read(match[0], reader));
    end = match.index + match[0].length;
  }
  return resolved + text.slice(end);
}

async function read(text: string, reader: Reader): Promise<string> {
  const reference = parseReference(text);
  if (reference === undefined) throw missing(`a reference that is not \${env:NAME} or \${file:PATH}`, reader);
  if (reference.kind === 'file') return readSecretFile(reference.path, reader);
  const value = Object.hasOwn(reader.env, reference.name) ? reader.env[reference.name] : undefined;
  if (value !== undefined && value !== '') return value;
  if (reference.fallback !== undefined) return reference.fallback;
  throw missing(`the environment variable ${reference.name}, which is not set`, reader);
}

async function readSecretFile(path: string, reader: Reader): Promise<string> {
  try {
    return (await readFile(resolve(reader.projectDir, path), 'utf8')).trim();
  } catch (cause) {
    throw missing(`the file ${path}, which cannot be read`, reader, cause);
  }
}

function missing(what: string, reader: Reader, cause?: unknown): SyncError {
  const message = `connection ${reader.connection} refers to ${what}`;
  const details = { connection: reader.connection };
  return new SyncError(
    'config.secret_missing',
    cause === undefined ? { message, details } : { message, details, cause },
  );
}

function parseReference(text: string): Reference | undefined {
  const env = /^\$\{env:([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}$/.exec(text);
  if (env?.[1] !== undefined) return { kind: 'env', name: env[1], fallback: env[2] };
  const path = /^\$\{file:([^}]+)\}$/.exec(text)?.[1];
  return path === undefined ? undefined : { kind: 'file', path };
}
