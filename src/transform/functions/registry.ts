// The transform functions by name.

import { boolean } from './boolean.ts';
import { date } from './date.ts';
import { datetime } from './datetime.ts';
import { decimal } from './decimal.ts';
import type { TransformFunction } from './function.ts';
import { halfwidth } from './halfwidth.ts';
import { integer } from './integer.ts';
import { join } from './join.ts';
import { lower } from './lower.ts';
import { nfkc } from './nfkc.ts';
import { phone } from './phone.ts';
import { split } from './split.ts';
import { squash } from './squash.ts';
import { trim } from './trim.ts';
import { upper } from './upper.ts';

export const FUNCTIONS: ReadonlyMap<string, TransformFunction> = new Map(
  [trim, squash, lower, upper, nfkc, halfwidth, decimal, integer, boolean, date, datetime, phone, split, join].map(
    (fn) => [fn.name, fn],
  ),
);
