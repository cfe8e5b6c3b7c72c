import { expect, test } from 'vitest';
import { transpile } from '../../src/functions/transpile.ts';

test('types go, what runs stays', async () => {
  const made = await transpile(
    'functions.ts',
    `import type { Other } from 'other';
import { basename } from 'node:path';
enum Kind { A = 'a' }
export function code(value: string, { width }: { readonly width: number }): string {
  const made = value satisfies Other;
  return basename(made).padStart(width, Kind.A);
}
`,
  );
  const code = 'code' in made ? made.code : '';
  expect(code).toContain("from 'node:path'");
  expect(code).not.toContain('other');
  const loaded: { code(value: string, args: unknown): string } = await import(
    `data:text/javascript,${encodeURIComponent(code)}`
  );
  expect(loaded.code('x/1', { width: 3 })).toBe('aa1');
});

test.each([
  [
    'functions.ts',
    'export function a(x: {\n return 1;}\n',
    { line: 2, column: 9, message: "Expected ';', got 'numeric literal'" },
  ],
  ['functions.ts', 'const a = 1;\n\nexport const b = ;\n', { line: 3, column: 18, message: 'Expression expected' }],
  [
    'functions.js',
    'export const a: string = 1;\n',
    { line: 1, column: 14, message: "'const' declarations must be initialized" },
  ],
  [
    'functions.ts',
    "\nimport { a } from './a.ts';\nexport const b = a;\n",
    { line: 2, column: 19, message: expect.stringContaining('put what it has into this one') },
  ],
  [
    'functions.ts',
    "import { get } from 'node:https';\nexport const b = get;\n",
    { line: 1, column: 21, message: expect.stringContaining('neither the network nor other processes') },
  ],
  [
    'functions.js',
    "export * from 'child_process';\n",
    { line: 1, column: 15, message: expect.stringContaining('cannot be imported') },
  ],
])('a mistake in %s has its place: %j', async (file, text, problem) => {
  expect(await transpile(file, text)).toEqual({
    problem: { line: expect.any(Number), column: expect.any(Number), ...problem },
  });
});
