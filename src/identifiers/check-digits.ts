// Check digits of card numbers and articles.

/** Luhn's digit (ISO/IEC 7812-1, annex B), as in card numbers: from the right every second digit counts double. */
export function isLuhn(digits: string): boolean {
  if (!/^\d{2,64}$/.test(digits)) return false;
  let sum = 0;
  for (let at = 0; at < digits.length; at += 1) {
    const digit = Number(digits[digits.length - 1 - at]);
    const counted = at % 2 === 0 ? digit : digit * 2;
    sum += counted > 9 ? counted - 9 : counted;
  }
  return sum % 10 === 0;
}

/** The 13 digits of a GTIN (EAN-13), GS1 General Specifications section 7.9: weights 1 and 3 by turns. */
export function isEan13(digits: string): boolean {
  if (!/^\d{13}$/.test(digits)) return false;
  let sum = 0;
  for (let at = 0; at < digits.length; at += 1) sum += Number(digits[at]) * (at % 2 === 0 ? 1 : 3);
  return sum % 10 === 0;
}
