// The Chinese unified social credit code (统一社会信用代码), GB 32100-2015: 18 characters, the last one a check character.

// Digits and capital letters without I, O, S, V and Z: each stands for its place in this list.
const ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY';
// Registering authority, kind of body, six digits of its region, nine characters of the body itself, check character.
const SHAPE = /^[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}$/;
const MODULUS = 31;

/** Null for a right code of capital letters; otherwise what is wrong with it. */
export function checkUscc(text: string): string | null {
  if (!SHAPE.test(text)) return shapeError(text);
  let sum = 0;
  let weight = 1;
  for (const char of text.slice(0, -1)) {
    sum += ALPHABET.indexOf(char) * weight;
    weight = (weight * 3) % MODULUS;
  }
  const check = ALPHABET[(MODULUS - (sum % MODULUS)) % MODULUS];
  return check === text.at(-1) ? null : 'is not a unified social credit code: its check character is wrong';
}

function shapeError(text: string): string {
  if (/^\d{15}$/.test(text)) return 'is a registration number of before 2015; the unified code does not follow from it';
  return 'is not a unified social credit code: expected 18 digits and capital letters other than I, O, S, V, Z';
}
