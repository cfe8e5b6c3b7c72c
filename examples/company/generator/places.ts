// Countries, cities and telephone numbers. The numbers lie in ranges kept for fiction where a country has them
// (US 555-01xx, GB 7946 0xxx, DE 23125 xxx, FR 99 00, SE 465 00x, AU 5550); China has none, so theirs are all zeros.

import type { Random } from './random.ts';

export type CountryCode = 'CN' | 'DE' | 'US' | 'GB' | 'FR' | 'SE' | 'AU';

export interface Phone {
  /** As a person writes it in that country, or with the country's prefix. */
  readonly text: string;
  readonly e164: string;
}

export interface Place {
  readonly city: string;
  readonly postalCode: string;
}

interface Country {
  readonly suffix: string;
  readonly currency: string;
  readonly places: readonly Place[];
  readonly streets: readonly string[];
  readonly dial: string;
  /** The national number as written, from a serial below 100. */
  readonly national: (serial: string, random: Random) => string;
}

export const COUNTRIES: Readonly<Record<CountryCode, Country>> = {
  CN: {
    suffix: '（示例）有限公司',
    currency: 'CNY',
    places: [
      place('上海市', '200120'),
      place('杭州市', '310012'),
      place('深圳市', '518057'),
      place('苏州市', '215021'),
    ],
    streets: ['梧桐示例路', '样板街', '虚构大道', '示范园区一路'],
    dial: '86',
    national: (serial, random) =>
      random.chance(0.5) ? `139 0000 ${random.int(10, 99)}${serial}` : `021-5555 0${random.int(0, 9)}${serial}`,
  },
  DE: {
    suffix: 'GmbH',
    currency: 'EUR',
    places: [place('Berlin', '10115'), place('Köln', '50667'), place('Nürnberg', '90402'), place('Lübeck', '23552')],
    streets: ['Musterstraße', 'Beispielweg', 'Am Probeplatz', 'Fiktionsallee'],
    dial: '49',
    national: (serial, random) => `030 23125 ${random.int(0, 9)}${serial}`,
  },
  US: {
    suffix: 'Inc.',
    currency: 'USD',
    places: [place('Springfield', '62701'), place('Portland', '97201'), place('Austin', '73301')],
    streets: ['Sample Street', 'Example Avenue', 'Fiction Boulevard'],
    dial: '1',
    national: (serial, random) => `(${random.pick(['202', '312', '415', '206'])}) 555-01${serial}`,
  },
  GB: {
    suffix: 'Ltd',
    currency: 'GBP',
    places: [place('London', 'EC1A 1AA'), place('Leeds', 'LS1 1AA'), place('Bristol', 'BS1 1AA')],
    streets: ['Specimen Lane', 'Example Road', 'Sample Mews'],
    dial: '44',
    national: (serial, random) => `020 7946 0${random.int(0, 9)}${serial}`,
  },
  FR: {
    suffix: 'SAS',
    currency: 'EUR',
    places: [place('Lyon', '69001'), place('Nîmes', '30000'), place('Orléans', '45000')],
    streets: ["rue de l'Exemple", 'avenue de la Fiction', 'place du Modèle'],
    dial: '33',
    national: (serial, random) => `01 99 00 ${random.int(10, 99)} ${serial}`,
  },
  SE: {
    suffix: 'AB',
    currency: 'SEK',
    places: [place('Göteborg', '411 03'), place('Malmö', '211 20')],
    streets: ['Exempelgatan', 'Provvägen'],
    dial: '46',
    national: (serial) => `08-465 004 ${serial}`,
  },
  AU: {
    suffix: 'Pty Ltd',
    currency: 'AUD',
    places: [place('Hobart', '7000'), place('Perth', '6000')],
    streets: ['Sample Parade', 'Fiction Terrace'],
    dial: '61',
    national: (serial, random) => `02 5550 ${random.int(10, 99)}${serial}`,
  },
};

/** Two of five customers are Chinese, one of five German, the rest from elsewhere. */
const MIX: readonly CountryCode[] = [
  'CN',
  'DE',
  'CN',
  'US',
  'CN',
  'DE',
  'GB',
  'CN',
  'FR',
  'SE',
  'CN',
  'CN',
  'DE',
  'AU',
];

export function countryOf(index: number): CountryCode {
  return MIX[index % MIX.length] ?? 'CN';
}

export function makePhone(country: CountryCode, random: Random): Phone {
  const { dial, national } = COUNTRIES[country];
  const text = national(String(random.int(0, 99)).padStart(2, '0'), random);
  const digits = text.replace(/\D/g, '').replace(/^0/, '');
  const e164 = `+${dial}${digits}`;
  return { text: random.chance(0.3) ? `+${dial} ${text.replace(/^0/, '')}` : text, e164 };
}

function place(city: string, postalCode: string): Place {
  return { city, postalCode };
}
