#!/usr/bin/env node
import { existsSync } from 'node:fs';

const main = new URL('../dist/src/cli/main.js', import.meta.url);
if (!existsSync(main)) {
  process.stderr.write('tributary: not built yet; run `npm install` (or `npm run build`) in its folder first\n');
  process.exit(3);
}
await import(main.href);
