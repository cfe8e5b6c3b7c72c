// The Chinese resident identity number (公民身份号码), GB 11643: region, date of birth, sequence, check digit.

// 17 digits, and a check digit of ISO 7064 MOD 11-2, where X is ten.
const NEW = /^\d{17}[\dX]$/;
// Before 1999: a year of two digits, no check digit.
const OLD = /^\d{15}$/;
// The provinces of GB/T 2260; 81 to 83 residents from Hong Kong, Macao and Taiwan; 9 foreigners with permanent residence.
const REGION = /^(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|9\d)/;
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS = '10X98765432';
// Sequences that were kept for people of a hundred years and more: they were born in the 1800s.
const CENTENARIAN = /99[6-9]$/;

/** Null for a right number of 18 characters with a capital X; otherwise what is wrong with it. */
export function checkResidentId(text: string): string | null {
  if (OLD.test(text)) return 'is a resident identity number of before 1999, with 15 digits';
  if (!NEW.test(text)) return 'is not a resident identity number: expected 17 digits and a digit or X';
  if (!REGION.test(text)) return 'is not a resident identity number: there is no region of its first digits';
  if (!isBirthday(text.slice(6, 14))) return 'is not a resident identity number: its date of birth does not exist';
  if (checkDigit(text) !== text[17]) return 'is not a resident identity number: its check digit is wrong';
  return null;
}

/** The 18 characters that a number of 15 digits became in 1999; null where it is none or the century is not certain. */
export function upgradeResidentId(text: string): string | null {
  if (!OLD.test(text) || CENTENARIAN.test(text)) return null;
  const long = `${text.slice(0, 6)}19${text.slice(6)}`;
  const upgraded = long + checkDigit(long);
  return checkResidentId(upgraded) === null ? upgraded : null;
}

function checkDigit(text: string): string {
  const sum = WEIGHTS.reduce((total, weight, at) => total + weight * Number(text[at]), 0);
  return CHECKS[sum % 11] ?? '';
}

function isBirthday(digits: string): boolean {
  const [year, month, day] = [digits.slice(0, 4), digits.slice(4, 6), digits.slice(6)].map(Number);
  if (year === undefined || month === undefined || day === undefined || year < 1800) return false;
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
