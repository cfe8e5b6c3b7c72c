// Which of two claims of one source key is the newer one. Pure.

import type { Dated } from '../domain/claims.ts';
import { compareVersions } from '../domain/values.ts';
import { instantOf } from '../domain/versions.ts';
import { recencyOf } from './resolve.ts';

/**
 * Negative when `a` is older. By version; a stamp from the future counts as of when it was observed (and a little more,
 * since clocks differ), so that one wrong clock does not keep every later record of its key out.
 */
export function compareClaims(a: Dated, b: Dated): number {
  const dated = isDated(a) && isDated(b);
  return (dated ? recencyOf(a) - recencyOf(b) : 0) || compareVersions(a.version, b.version);
}

function isDated({ version: { source } }: Dated): boolean {
  return source !== null && instantOf(source) !== null;
}
