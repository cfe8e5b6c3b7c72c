// The fast lane for telephone numbers: plain ones only, and only where it is certain what libphonenumber-js would say.
// Whatever it does not answer is asked there. A differential test keeps the two the same.

import type { CountryCode } from 'libphonenumber-js/core';

import { phonePlan, regionsOf, type PhonePlan } from './phone-plan.ts';

const PLAIN = /^\+?[(]?\d[\d ()./-]{2,38}$/;

/** The number in E.164; null when it is not certain, right or wrong. The text has no white space at its ends. */
export function plainPhone(text: string, region: CountryCode | undefined): string | null {
  if (!PLAIN.test(text)) return null;
  const digits = text.replace(/\D+/g, '');
  if (text.startsWith('+')) return international(digits);
  if (region === undefined) return null;
  const plan = phonePlan(region);
  const dialled = plan.dialOut.exec(digits);
  if (dialled !== null) {
    const rest = digits.slice(dialled[0].length);
    if (!rest.startsWith('0')) return international(rest);
  }
  // Perhaps an international number that lacks its +.
  const unsure = digits.startsWith(plan.callingCode) && (!plan.number.test(digits) || digits.length > plan.maxLength);
  return unsure ? null : assigned({ code: plan.callingCode, digits, plan });
}

function international(digits: string): string | null {
  const found = regionsOf(digits);
  const [main] = found?.regions ?? [];
  if (found === null || main === undefined) return null;
  const { code } = found;
  return assigned({ code, digits: digits.slice(code.length), plan: phonePlan(main) });
}

function assigned({ code, digits, plan }: { code: string; digits: string; plan: PhonePlan }): string | null {
  const number = withoutPrefix(digits, plan);
  return number !== null && isAssigned(code, number) ? `+${code}${number}` : null;
}

/** Null where the prefix is more than a prefix: a carrier's code, or digits that stand for others. */
function withoutPrefix(digits: string, plan: PhonePlan): string | null {
  const prefix = plan.nationalPrefix?.exec(digits) ?? null;
  if (prefix === null) return digits;
  if (prefix.slice(1).some((group) => group !== undefined)) return null;
  const rest = digits.slice(prefix[0].length);
  return plan.number.test(digits) && !plan.number.test(rest) ? null : rest;
}

/** Whether the number is one of a kind that its region gives out. */
function isAssigned(code: string, number: string): boolean {
  const regions = regionsOf(code)?.regions ?? [];
  for (const region of regions) {
    const plan = phonePlan(region);
    const leading = regions.length > 1 ? plan.leadingDigits : null;
    if (leading !== null && !leading.test(number)) continue;
    const right = isOfPlan(plan, number);
    if (right || leading !== null) return right;
  }
  return false;
}

function isOfPlan(plan: PhonePlan, number: string): boolean {
  if (!plan.number.test(number)) return false;
  return plan.kinds.some(
    ({ pattern, lengths }) => (lengths === undefined || lengths.includes(number.length)) && pattern.test(number),
  );
}
