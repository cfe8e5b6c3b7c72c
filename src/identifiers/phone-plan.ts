// The numbering plans of libphonenumber-js, compiled once: https://github.com/catamphetamine/libphonenumber-js
// The package makes its regular expressions anew for every number; that is most of what a number costs there.

import { Metadata, type CountryCode, type MetadataJson } from 'libphonenumber-js/core';
import metadataJson from 'libphonenumber-js/max/metadata';

/** One region's plan; all patterns match whole numbers but `nationalPrefix` and `dialOut`, which match the beginning. */
export interface PhonePlan {
  readonly callingCode: string;
  /** What stands for + when dialling abroad. */
  readonly dialOut: RegExp;
  readonly number: RegExp;
  readonly maxLength: number;
  readonly nationalPrefix: RegExp | null;
  /** The first digits that tell the region among those with the same calling code. */
  readonly leadingDigits: RegExp | null;
  readonly kinds: readonly { readonly pattern: RegExp; readonly lengths: readonly number[] | undefined }[];
}

// The package declares only some of the methods of its own classes.
interface Plan {
  callingCode(): string;
  IDDPrefix(): string | undefined;
  nationalNumberPattern(): string;
  possibleLengths(): readonly number[];
  nationalPrefixForParsing(): string | undefined;
  leadingDigits(): string | undefined;
  type(name: string): { pattern(): string; possibleLengths(): readonly number[] | undefined } | undefined;
}

const KINDS = [
  'MOBILE',
  'FIXED_LINE',
  'PREMIUM_RATE',
  'TOLL_FREE',
  'SHARED_COST',
  'VOIP',
  'PERSONAL_NUMBER',
  'PAGER',
  'UAN',
  'VOICEMAIL',
];

const json: MetadataJson = metadataJson;
const plans = new Map<CountryCode, PhonePlan>();

export function phonePlan(region: CountryCode): PhonePlan {
  const known = plans.get(region);
  if (known !== undefined) return known;
  const compiled = compilePlan(region);
  plans.set(region, compiled);
  return compiled;
}

/** The regions of the calling code that digits begin with, the main one first; null where it is of none. */
export function regionsOf(digits: string): { readonly code: string; readonly regions: readonly CountryCode[] } | null {
  for (let length = 1; length <= 3; length += 1) {
    const code = digits.slice(0, length);
    const regions = json.country_calling_codes[code];
    if (regions !== undefined) return { code, regions };
    // Calling codes that belong to no region are left to the package.
    if (json.nonGeographic[code] !== undefined) return null;
  }
  return null;
}

function compilePlan(region: CountryCode): PhonePlan {
  const metadata = new Metadata(json);
  metadata.selectNumberingPlan(region);
  const plan = metadata.numberingPlan as unknown as Plan; // see Plan
  const prefix = plan.nationalPrefixForParsing();
  const leading = plan.leadingDigits();
  return {
    callingCode: plan.callingCode(),
    dialOut: new RegExp(`^(?:${plan.IDDPrefix() ?? '(?!)'})`),
    number: whole(plan.nationalNumberPattern()),
    maxLength: Math.max(...plan.possibleLengths()),
    nationalPrefix: prefix ? new RegExp(`^(?:${prefix})`) : null,
    leadingDigits: leading ? new RegExp(`^(?:${leading})`) : null,
    kinds: KINDS.flatMap((name) => {
      const kind = plan.type(name);
      return kind?.pattern() ? [{ pattern: whole(kind.pattern()), lengths: kind.possibleLengths() }] : [];
    }),
  };
}

function whole(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`);
}
