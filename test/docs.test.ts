import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const NOT_OURS = new Set(['node_modules', 'dist', '.git', '.tributary']);

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

function findFiles(folder: string, extension: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return NOT_OURS.has(entry.name) ? [] : findFiles(path, extension);
    return entry.name.endsWith(extension) ? [path] : [];
  });
}

const PAGES = findFiles('.', '.md').toSorted();

/** Code shows the syntax of links, and other things between brackets. */
function withoutCode(markdown: string): string {
  return markdown.replaceAll(/^(```+).*?^\1/gms, '').replaceAll(/(`+).+?\1/gs, '');
}

/** How GitHub names a heading in a link. */
function anchorsOf(markdown: string): ReadonlySet<string> {
  const titles = [...markdown.replaceAll(/^(```+).*?^\1/gms, '').matchAll(/^#+ (.+)$/gm)].map(
    ([, title = '']) => title,
  );
  const anchors = new Set<string>();
  for (const title of titles) {
    const plain = title.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = plain.replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '').replaceAll(' ', '-');
    for (let n = 0; ; n++) {
      const name = n === 0 ? anchor : `${anchor}-${n}`;
      if (anchors.has(name)) continue;
      anchors.add(name);
      break;
    }
  }
  return anchors;
}

function brokenLinks(page: string): readonly string[] {
  const text = read(page);
  const inline = [...withoutCode(text).matchAll(/\]\(<?([^\s)>]+)>?(?: "[^"]*")?\)/g)].map(([, target = '']) => target);
  const named = [...withoutCode(text).matchAll(/^\[[^\]]+\]: (\S+)$/gm)].map(([, target = '']) => target);
  return [...inline, ...named].filter((target) => {
    if (/^[a-z]+:/i.test(target)) return false;
    const [path = '', anchor] = decodeURI(target).split('#');
    const file = path === '' ? page : relative(ROOT, join(ROOT, dirname(page), path));
    if (!existsSync(join(ROOT, file))) return true;
    return anchor !== undefined && file.endsWith('.md') && !anchorsOf(read(file)).has(anchor);
  });
}

describe('links', () => {
  test.each(PAGES)('of %s lead to files and headings that exist', (page) => {
    expect(brokenLinks(page)).toEqual([]);
  });
});

test('every dependency is named in docs/dependencies.md, and no other package has a row there', () => {
  const manifest = JSON.parse(read('package.json')) as Record<string, Record<string, string> | undefined>; // npm's format
  const { dependencies, optionalDependencies, devDependencies } = manifest;
  const installed = Object.keys({ ...dependencies, ...optionalDependencies, ...devDependencies });
  const packages = read('docs/dependencies.md').split('## Licences')[0] ?? '';
  const rows = [...packages.matchAll(/^\| `([^`]+)`/gm)].map(([, name = '']) => name);
  expect(rows.toSorted()).toEqual(installed.toSorted());
});

describe('docs/invariants.md', () => {
  const sections = read('docs/invariants.md').split(/^## /m).slice(1);
  const promises = sections.filter((section) => /^\d+\. /.test(section));

  test('has the ten promises in order', () => {
    expect(promises.map((promise) => Number.parseInt(promise, 10))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  test.each(promises.map((promise) => [promise.split('\n')[0] ?? '', promise]))(
    '%s: names tests that exist',
    (_title, text) => {
      const [, list = ''] = /^- Tests: (.*?)(?=^- |^$)/ms.exec(text) ?? [];
      const tests = [...list.matchAll(/`(test\/[^`]+)`/g)].map(([, path = '']) => path);
      expect(tests.filter((path) => path.endsWith('.test.ts'))).not.toEqual([]);
      expect(tests.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    },
  );
});

describe('docs/cli.md', () => {
  const page = read('docs/cli.md');
  const sources = findFiles('src/cli/commands', '.ts');
  const isNamed = (text: string): boolean => page.includes(` ${text}\``) || page.includes(`\`${text}\``);

  test.each(sources)('names every command and option of %s', (file) => {
    const source = read(file);
    const commands = [...source.matchAll(/\.command\(\s*'([^']+)'/g)].map(([, command = '']) => command);
    const options = [...source.matchAll(/\.option\(\s*'([^']+)'/g)].map(([, option = '']) => option);
    const missing = [...commands, ...options].filter(
      (text) => !isNamed(text) && !new RegExp(`^## .*\\b${text}\\b`, 'm').test(page),
    );
    expect(missing).toEqual([]);
  });
});

test('decisions have a date, a summary, a context, a decision and consequences', () => {
  const decisions = findFiles('docs/decisions', '.md');
  expect(decisions).not.toEqual([]);
  for (const file of decisions) {
    expect(file).toMatch(/\/\d{8}-[a-z0-9-]+\.md$/);
    expect(read(file)).toMatch(/^# .+\n\n\*\*Summary\.\*\* .+\n\n## Context\n.+\n## Decision\n.+\n## Consequences\n/s);
  }
});
