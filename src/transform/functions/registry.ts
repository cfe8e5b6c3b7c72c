// The transform functions by name, in the order of the reference.

import { boolean } from './boolean.ts';
import { companyKey } from './company-key.ts';
import { country } from './country.ts';
import { date } from './date.ts';
import { datetime } from './datetime.ts';
import { decimal } from './decimal.ts';
import { email } from './email.ts';
import { emptyIf } from './empty-if.ts';
import type { TransformFunction } from './function.ts';
import { halfwidth } from './halfwidth.ts';
import { hash } from './hash.ts';
import { integer } from './integer.ts';
import { join } from './join.ts';
import { json } from './json.ts';
import { lower } from './lower.ts';
import { mask } from './mask.ts';
import { nfc } from './nfc.ts';
import { nfkc } from './nfkc.ts';
import { pad } from './pad.ts';
import { phone } from './phone.ts';
import { prefix } from './prefix.ts';
import { replace } from './replace.ts';
import { residentId } from './resident-id.ts';
import { slice } from './slice.ts';
import { split } from './split.ts';
import { squash } from './squash.ts';
import { suffix } from './suffix.ts';
import { title } from './title.ts';
import { toJson } from './to-json.ts';
import { trim } from './trim.ts';
import { upper } from './upper.ts';
import { url } from './url.ts';
import { uscc } from './uscc.ts';

const TEXTS = [trim, squash, lower, upper, title, nfc, nfkc, halfwidth];
const PARTS = [replace, slice, pad, prefix, suffix, emptyIf, split, join];
const TYPED = [decimal, integer, boolean, date, datetime];
const ADDRESSES = [phone, email, url, country];
const CHINESE = [uscc, residentId, companyKey];
const OTHERS = [json, toJson, hash, mask];

export const FUNCTIONS: ReadonlyMap<string, TransformFunction> = new Map(
  [...TEXTS, ...PARTS, ...TYPED, ...ADDRESSES, ...CHINESE, ...OTHERS].map((fn) => [fn.name, fn]),
);
