// Numbers that carry a check digit, by name. All are pure, and answer for any text.

import { isValidIBAN } from 'ibantools';

import { isEan13, isLuhn } from './check-digits.ts';
import { checkResidentId } from './resident-id.ts';
import { checkUscc } from './uscc.ts';

/** Null when the text is right as it stands, otherwise what is wrong with it. */
export type Checksum = (text: string) => string | null;

export const CHECKSUMS = {
  uscc: checkUscc,
  resident_id: checkResidentId,
  iban: (text) => (isValidIBAN(text) ? null : 'is not an IBAN'),
  luhn: (text) => (isLuhn(text) ? null : 'is not a number with a right check digit (Luhn)'),
  ean13: (text) => (isEan13(text) ? null : 'is not an EAN-13 with a right check digit'),
} as const satisfies Readonly<Record<string, Checksum>>;

export type ChecksumName = keyof typeof CHECKSUMS;
