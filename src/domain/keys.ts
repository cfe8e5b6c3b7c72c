// Keys made of several values: one text, from which the values can be told again.

const SEPARATOR = '/';

/**
 * A key of one part is that part. Several are joined by `/`, with `~1` for a `/` and `~0` for a `~` inside of them, as
 * JSON Pointer does (RFC 6901): no two lists of the same length give the same key.
 */
export function joinKey(parts: readonly string[]): string {
  const [only = ''] = parts;
  return parts.length === 1 ? only : parts.map(escapePart).join(SEPARATOR);
}

/** The first `count` parts of a key of more parts, as a key of their own: what records beside each other share. */
export function keyPrefix(key: string, count: number): string {
  return key.split(SEPARATOR, count).join(SEPARATOR);
}

/** The same prefix, made from its parts. */
export function joinPrefix(parts: readonly string[]): string {
  return parts.map(escapePart).join(SEPARATOR);
}

function escapePart(part: string): string {
  // Most parts have neither, and looking is cheaper than replacing.
  if (!part.includes('~') && !part.includes(SEPARATOR)) return part;
  return part.replaceAll('~', '~0').replaceAll(SEPARATOR, '~1');
}

/** The parts of a key of `count` parts: what `joinKey` was given. Null for a key of another number of parts. */
export function splitKey(key: string, count: number): readonly string[] | null {
  if (count === 1) return [key];
  const parts = key.split(SEPARATOR);
  return parts.length === count ? parts.map((part) => part.replaceAll('~1', SEPARATOR).replaceAll('~0', '~')) : null;
}
