// The rule kinds by name.

import { cel } from './cel.ts';
import { email } from './email.ts';
import { length } from './length.ts';
import { oneOf } from './one-of.ts';
import { pattern } from './pattern.ts';
import { range } from './range.ts';
import { required } from './required.ts';
import type { RuleKind } from './rule.ts';

export const RULE_KINDS: ReadonlyMap<string, RuleKind> = new Map(
  [required, length, range, pattern, oneOf, email, cel].map((rule) => [rule.kind, rule]),
);
