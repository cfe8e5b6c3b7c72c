// The checks that every field of a type meets, before any rule.

import type { FieldDefinition, FieldType } from '../domain/definition.ts';
import { canonicalise, type Canonicalised } from '../domain/field-types.ts';
import { isShortened, SHORTENED_MESSAGE, SHORTENED_RULE } from '../domain/spreadsheet.ts';
import { isList, type Value, type Violation } from '../domain/values.ts';
import { cleanMessage, excerpt, isUnstorable } from '../expressions/excerpt.ts';

export type Checked = { readonly value: Value } | { readonly rule: string; readonly message: string };

const MAX_KEY = 500;
/** Above it no number or date is looked at. */
const MAX_TYPED = 1000;
const MAX_JSON = 100_000;
const FREE_TEXT: ReadonlySet<FieldType> = new Set(['text', 'email', 'phone', 'reference']);
const UNSTORABLE_MESSAGE = 'holds a null character or half a surrogate pair, which cannot be stored';

/** Makes a value canonical for its field, or says by rule `type`, `text` or `damaged` why not. Null stays null. */
export function checkField(definition: FieldDefinition, value: Value): Checked {
  if (value === null) return { value };
  if (definition.type === 'json') return checkJson(value);
  if (!isList(value)) return checkItem(definition, value);
  const items: Value[] = [];
  for (const item of value) {
    const checked = checkField(definition, item);
    if (!('value' in checked)) return checked;
    items.push(checked.value);
  }
  return { value: items };
}

/** What is wrong with the record as a whole: its key and version. */
export function checkIdentity(key: string | null, version: string | null): readonly Violation[] {
  const violations: Violation[] = [];
  const add = (rule: string, message: string, value?: string): void => {
    violations.push({ rule, message, ...(value === undefined ? {} : { value: excerpt(value) }) });
  };
  if (key === null) add('key', 'the key is absent or empty: the record cannot be told from others');
  else if (key.length > MAX_KEY) add('key', `the key is longer than ${MAX_KEY} characters`, key);
  else if (isUnstorable(key)) add('text', `the key ${UNSTORABLE_MESSAGE}`, key);
  else if (isShortened(key)) add(SHORTENED_RULE, `the key ${SHORTENED_MESSAGE}`, key);
  if (version !== null && version.length > MAX_KEY)
    add('version', `the version is longer than ${MAX_KEY} characters`, version);
  else if (version !== null && isUnstorable(version)) add('text', `the version ${UNSTORABLE_MESSAGE}`, version);
  return violations;
}

/** A violation of a field, its parts cut to size. */
export function toViolation(
  field: string,
  { rule, message }: { rule: string; message: string },
  value?: Value,
): Violation {
  return { field, rule, message: cleanMessage(message), ...(value === undefined ? {} : { value: excerpt(value) }) };
}

function checkItem({ type, strong }: FieldDefinition, value: string | boolean): Checked {
  const text = String(value);
  if (!FREE_TEXT.has(type)) {
    const made = canonicaliseScalar(type, value);
    return made.ok ? { value: made.value } : { rule: 'type', message: made.message };
  }
  if (isUnstorable(text)) return { rule: 'text', message: UNSTORABLE_MESSAGE };
  if ((strong || type === 'reference') && isShortened(text))
    return { rule: SHORTENED_RULE, message: SHORTENED_MESSAGE };
  return { value: text };
}

function checkJson(value: Value): Checked {
  const text = isList(value) ? JSON.stringify(value) : String(value);
  if (isUnstorable(text)) return { rule: 'text', message: UNSTORABLE_MESSAGE };
  if (text.length > MAX_JSON) return { rule: 'type', message: `is longer than ${MAX_JSON} characters` };
  const made = canonicalise('json', text);
  return made.ok ? { value: made.value } : { rule: 'type', message: made.message };
}

function canonicaliseScalar(type: FieldType, value: string | boolean): Canonicalised {
  if (type === 'boolean' && typeof value === 'boolean') return { ok: true, value };
  const text = String(value);
  if (text.length > MAX_TYPED) return { ok: false, message: `is longer than ${MAX_TYPED} characters` };
  return canonicalise(type, text);
}
