// Telephone numbers by libphonenumber-js, plain ones by the fast lane.

import { isSupportedCountry, parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js/max';

import { plainPhone } from './phone-lane.ts';

export interface Phone {
  /** E.164: `+861012345678`. */
  readonly number: string;
  readonly extension: string | null;
}

/** Two capital letters of ISO 3166-1 for which there is a numbering plan. */
export function isPhoneRegion(code: string): code is CountryCode {
  return isSupportedCountry(code);
}

// 010-65529988转12, 分机12: the package knows extensions in Latin and Cyrillic letters only.
const CHINESE_EXTENSION = /^([^转轉分]{5,60}?)[\s,，]{0,3}(?:转|轉|分机|分機)[\s:：号]{0,3}(\d{1,8})$/;

/**
 * Reads a number that can exist; null for anything else. `region` says whose number it is where no country code is
 * written; without one, 00 at the beginning stands for +.
 */
export function readPhone(text: string, region: CountryCode | undefined): Phone | null {
  const trimmed = text.trim();
  const dialled = region === undefined ? trimmed.replace(/^00/, '+') : trimmed;
  const plain = plainPhone(dialled, region);
  if (plain !== null) return { number: plain, extension: null };
  const [, before, extension] = CHINESE_EXTENSION.exec(dialled) ?? [];
  const found = parsePhone(before ?? dialled, region);
  if (found === null || (extension !== undefined && found.extension !== null)) return null;
  return extension === undefined ? found : { ...found, extension };
}

/** What libphonenumber-js itself says of a text: the reference for the fast lane. */
export function parsePhone(text: string, region: CountryCode | undefined): Phone | null {
  const number = parsePhoneNumberFromString(text, { extract: false, ...(region && { defaultCountry: region }) });
  return number?.isValid() === true ? { number: number.number, extension: number.ext ?? null } : null;
}

/** Whether a number in E.164 may be of a mobile telephone, or of a line; some countries do not tell them apart. */
export function isPhoneOfKind(number: string, kind: 'mobile' | 'landline'): boolean {
  const type = parsePhoneNumberFromString(number, { extract: false })?.getType();
  if (type === 'FIXED_LINE_OR_MOBILE') return true;
  return type === (kind === 'mobile' ? 'MOBILE' : 'FIXED_LINE');
}
