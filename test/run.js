// `npm test`: unit, integration and chaos tests, each set on its own, and one closing line with the sum.
// Usage: npm test [-- unit|integration|chaos …]; the servers that tests need are started by the tests.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
const sets = process.argv.slice(2).length > 0 ? process.argv.slice(2) : ['unit', 'integration', 'chaos'];
const reports = mkdtempSync(join(tmpdir(), 'tributary-test-'));
const sum = { passed: 0, failed: 0, skipped: 0 };

for (const set of sets) {
  const report = join(reports, `${set}.json`);
  const serial = set === 'chaos' ? ['--no-file-parallelism'] : [];
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const args = [vitest, 'run', '--project', set, '--passWithNoTests', ...serial, ...reporters];
  const run = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  const counted = count(report);
  // A set that died, or an error outside any test, is a failure even when every test passed.
  const broken = run.status !== 0 && counted.failed === 0 ? 1 : 0;
  sum.passed += counted.passed;
  sum.failed += counted.failed + broken;
  sum.skipped += counted.skipped;
}

rmSync(reports, { recursive: true, force: true });
const skipped = sum.skipped > 0 ? `, ${sum.skipped} skipped` : '';
console.log(`\n${sum.passed} passed, ${sum.failed} failed${skipped}`);
process.exit(sum.failed > 0 || sum.passed === 0 ? 1 : 0);

function count(report) {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
    // A file that could not even be collected has no failed tests of its own.
    const uncollected = testResults.filter(
      (file) => file.status === 'failed' && file.assertionResults.length === 0,
    ).length;
    return { passed: numPassedTests, failed: numFailedTests + uncollected, skipped: numPendingTests };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}
