// The workflows as one piece of JavaScript, which Temporal runs in its sandbox.

import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const fromSource = import.meta.url.endsWith('.ts');

/** Bundles the workflows that lie beside this file: compiled ones in dist/, else the sources. Takes 4 to 20 seconds. */
export async function buildWorkflowBundle(): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: pathOf('index'),
    payloadConverterPath: pathOf('payload-converter'),
    logger: new DefaultLogger('WARN'),
  });
  return code;
}

function pathOf(name: string): string {
  return fileURLToPath(new URL(`../../workflows/${name}.${fromSource ? 'ts' : 'js'}`, import.meta.url));
}

/** Where the build has put the bundle; a worker starts from it in about two seconds. */
export function workflowBundlePath(): string {
  return fileURLToPath(new URL(`../../${fromSource ? 'dist/' : ''}workflow-bundle.js`, import.meta.url));
}
