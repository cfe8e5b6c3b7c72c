import { defineConfig } from 'vitest/config';

const slow = { testTimeout: 300_000, hookTimeout: 300_000, fileParallelism: false };

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/integration/**', 'test/chaos/**', 'node_modules/**'],
          // The long runs of property tests take their time.
          testTimeout: process.env['TRIBUTARY_CASES'] === undefined ? 20_000 : 3_600_000,
        },
      },
      { test: { name: 'integration', include: ['test/integration/**/*.test.ts'], ...slow } },
      { test: { name: 'chaos', include: ['test/chaos/**/*.test.ts'], ...slow, testTimeout: 900_000 } },
    ],
  },
});
