import { defineConfig } from 'vitest/config';

const slow = { testTimeout: 300_000, hookTimeout: 300_000 };

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
      // Each file has servers of its own, on ports that are free, and waits for them half of its time.
      { test: { name: 'integration', include: ['test/integration/**/*.test.ts'], ...slow, maxWorkers: 2 } },
      {
        test: {
          name: 'chaos',
          include: ['test/chaos/**/*.test.ts'],
          ...slow,
          testTimeout: 900_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
