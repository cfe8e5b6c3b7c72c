// File name patterns: `*` and `?` within a name, folders separated by `/`.

import { SyncError } from '../../domain/errors.ts';

/** Splits a pattern into the names to match, one a folder level. Refuses patterns that could leave the folder. */
export function splitPattern(pattern: string): readonly string[] {
  const names = pattern.split('/');
  const bad = names.some(
    (name) => name === '' || name === '.' || name === '..' || name.includes('\\') || name.includes('\0'),
  );
  if (bad) {
    throw new SyncError('source.unreadable', {
      message: `the pattern "${pattern}" does not name files below the connection's folder`,
    });
  }
  return names;
}

export function isWildcard(name: string): boolean {
  return name.includes('*') || name.includes('?');
}

/**
 * Whether a whole name matches: `*` is any characters, `?` one. Hidden files (editors and copy tools make them) match
 * only a pattern that begins with a dot. Linear in time but for the last `*`, so that no pattern can hang.
 */
export function matchesName(name: string, pattern: string): boolean {
  if (name.startsWith('.') && !pattern.startsWith('.')) return false;
  const chars = Array.from(name);
  const wanted = Array.from(pattern);
  let at = 0;
  let star = -1;
  let starAt = 0;
  for (let index = 0; index < chars.length;) {
    if (wanted[at] === '*') {
      star = at++;
      starAt = index;
    } else if (at < wanted.length && (wanted[at] === '?' || wanted[at] === chars[index])) {
      at++;
      index++;
    } else if (star >= 0) {
      at = star + 1;
      index = ++starAt;
    } else {
      return false;
    }
  }
  return wanted.slice(at).every((char) => char === '*');
}
