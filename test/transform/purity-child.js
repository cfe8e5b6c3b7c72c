// Runs a mapping over records in a process of its own, and prints what comes out. For purity.test.ts.

import { json } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { createViteServer } from 'vitest/node';

const server = await createViteServer({
  configFile: false,
  root: fileURLToPath(new URL('../..', import.meta.url)),
  logLevel: 'error',
  server: { middlewareMode: true, hmr: false, ws: false, watch: null },
  optimizeDeps: { noDiscovery: true },
});
const { compileTransform } = await server.ssrLoadModule('/src/transform/compile.ts');
const { definition, records } = await json(process.stdin);
const transform = compileTransform(definition);
process.stdout.write(
  JSON.stringify({ offset: new Date('2026-01-01T00:00:00Z').getTimezoneOffset(), made: records.map(transform) }),
);
await server.close();
