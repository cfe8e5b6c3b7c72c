// The rule kinds by name.

import { cel } from './cel.ts';
import { checksum } from './checksum.ts';
import { dateRange } from './date-range.ts';
import { email } from './email.ts';
import { length } from './length.ts';
import { oneOf } from './one-of.ts';
import { pattern } from './pattern.ts';
import { phone } from './phone.ts';
import { range } from './range.ts';
import { required } from './required.ts';
import type { RuleKind } from './rule.ts';
import { unique } from './unique.ts';
import { url } from './url.ts';

export const RULE_KINDS: ReadonlyMap<string, RuleKind> = new Map(
  [required, length, range, dateRange, pattern, oneOf, email, phone, url, checksum, unique, cel].map((rule) => [
    rule.kind,
    rule,
  ]),
);
