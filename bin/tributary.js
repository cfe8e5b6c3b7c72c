#!/usr/bin/env node
import { existsSync } from 'node:fs';
import module from 'node:module';

const main = new URL('../dist/cli/main.js', import.meta.url);
if (!existsSync(main)) {
  process.stderr.write('tributary: not built yet; run `npm install` (or `npm run build`) in its folder first\n');
  process.exit(3);
}
// Node 22 and later.
module.enableCompileCache?.();
await import(main.href);
