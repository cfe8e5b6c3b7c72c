// References to secrets stand where secrets do, whole and well-formed, and nowhere else.

import type { Path } from './problems.ts';
import { malformedReference } from './secrets.ts';
import { isPlainMap, type Plain, type YamlFile } from './yaml-file.ts';

/** Adds a problem for every misplaced or malformed `${…}` of a file. */
export function checkSecretReferences(file: YamlFile): void {
  if (file.data === undefined) return;
  visitTexts(file.data, [], (text, path, at) => {
    if (!text.includes('${')) return;
    if (at === 'key' || file.file !== 'tributary.yaml' || !isSetting(path)) {
      const message =
        'references are allowed in connections, notify and the authentication of systems only; found `${`';
      file.problems.push(file.problem(path, message, { at }));
    } else if (malformedReference(text) !== undefined) {
      file.problems.push(file.problem(path, 'expected ${env:NAME}, ${env:NAME:-default} or ${file:PATH}'));
    }
  });
}

function isSetting([part, , setting, ...rest]: Path): boolean {
  if (part === 'notify') return true;
  if (part === 'systems')
    return setting === 'authentication' && rest.some((one) => one === 'secrets' || one === 'keys');
  return part === 'connections' && setting !== undefined && (setting !== 'kind' || rest.length > 0);
}

type Visit = (text: string, path: Path, at: 'key' | 'value') => void;

function visitTexts(value: Plain, path: Path, visit: Visit): void {
  if (typeof value === 'string') visit(value, path, 'value');
  else if (isPlainMap(value)) {
    for (const [key, item] of Object.entries(value)) {
      visit(key, [...path, key], 'key');
      visitTexts(item, [...path, key], visit);
    }
  } else if (Array.isArray(value)) {
    for (const [index, item] of (value as readonly Plain[]).entries()) visitTexts(item, [...path, index], visit);
  }
}
