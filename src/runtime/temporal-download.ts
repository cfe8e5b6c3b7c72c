// Temporal's own download of its CLI: one archive for each platform, unpacked with `tar`.

import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { run } from './commands.ts';
import type { Log } from './log.ts';
import { releaseForThisPlatform, sha256OfFile, TEMPORAL_CLI_VERSION } from './temporal-release.ts';

const ANSWER_TIMEOUT_MS = 15_000;
const TRANSFER_TIMEOUT_MS = 300_000;

/**
 * Downloads and unpacks the program into a folder; gives its path. The archive or the program must have a checksum
 * that we know, on platforms for which we know one; on others the connection's TLS is the only proof. Where the network
 * is closed it fails at once. A proxy is not used: Node's fetch does not know them (pip, the next way, does).
 */
export async function downloadTemporal(folder: string, log: Log): Promise<string> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  const url = `https://temporal.download/cli/archive/v${TEMPORAL_CLI_VERSION}?platform=${platform}&arch=${arch}`;
  log(`getting the Temporal CLI ${TEMPORAL_CLI_VERSION} (45 MB) from ${url}`);
  const archive = join(folder, 'archive.tar.gz');
  await fetchToFile(url, archive);
  await run('tar', ['-xzf', archive, '-C', folder], { timeoutMs: 60_000 });
  const program = join(folder, process.platform === 'win32' ? 'temporal.exe' : 'temporal');
  await requireKnown(archive, program);
  return program;
}

async function fetchToFile(url: string, path: string): Promise<void> {
  const unanswered = new AbortController();
  const timer = setTimeout(() => unanswered.abort(new Error('no answer within 15 s')), ANSWER_TIMEOUT_MS);
  const signal = AbortSignal.any([unanswered.signal, AbortSignal.timeout(TRANSFER_TIMEOUT_MS)]);
  try {
    const response = await fetch(url, { signal });
    clearTimeout(timer);
    if (!response.ok || response.body === null) throw new Error(`the server answered ${response.status}`);
    await pipeline(Readable.fromWeb(response.body), createWriteStream(path), { signal });
  } catch (error) {
    throw new Error(`${url}: ${reasonOf(error)}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** `fetch failed` says nothing; its cause does (ENOTFOUND, a certificate). */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

async function requireKnown(archive: string, program: string): Promise<void> {
  const known = releaseForThisPlatform();
  if (known === undefined) return;
  if ((await sha256OfFile(program)) === known.binary) return;
  if (known.archive !== undefined && (await sha256OfFile(archive)) === known.archive) return;
  throw new Error('the download has another checksum than the release we know');
}
