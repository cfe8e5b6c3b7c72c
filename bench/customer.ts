// One customer of the generated ones: a function of seed and index alone, so any of them can be had in any order.

export interface CustomerSet {
  readonly rows: number;
  readonly seed: number;
  /** Share of records that must be quarantined. Default 0.02. */
  readonly badShare?: number;
  /** Share of records that differ from the export with `changedShare: 0`; the others are equal to the byte. */
  readonly changedShare?: number;
  /** New records after the last one, as a share of `rows`. */
  readonly newShare?: number;
}

export type BadKind = 'email' | 'name' | 'date' | 'status';

/** One customer, clean; `source…` is how the export writes what is not written as it is. */
export interface Customer {
  readonly id: string;
  readonly name: string;
  readonly sourceName: string;
  readonly email: string;
  readonly sourceEmail: string;
  readonly phone: string;
  readonly sourcePhone: string;
  readonly country: string;
  readonly street: string;
  readonly city: string;
  readonly postalCode: string;
  readonly status: number;
  readonly creditLimit: string;
  readonly taxNo: string;
  readonly manager: string;
  readonly foundedOn: string;
  readonly updatedAt: string;
}

interface Dialling {
  readonly code: string;
  /** The country's calling code. */
  readonly dial: string;
  /** Written before a number without the calling code. */
  readonly trunk: string;
  /** With any `free` digits after it a valid number, kept for fiction where the country has such. */
  readonly prefix: string;
  readonly free: number;
}

interface Country extends Dialling {
  readonly suffix: string;
  /** City and postal code, with a comma between them. */
  readonly places: readonly string[];
  readonly street: string;
}

const COUNTRIES: readonly Country[] = [
  {
    code: 'CN',
    dial: '86',
    trunk: '',
    prefix: '1390000',
    free: 4,
    suffix: '有限公司',
    places: ['上海市,200120', '杭州市,310012', '深圳市,518057'],
    street: '梧桐示例大道北段',
  },
  {
    code: 'DE',
    dial: '49',
    trunk: '0',
    prefix: '3023125',
    free: 3,
    suffix: 'Maschinenbau GmbH',
    places: ['Nürnberg,90402', 'Berlin,10115', 'Lübeck,23552'],
    street: 'Musterstraße am Probeplatz',
  },
  {
    code: 'US',
    dial: '1',
    trunk: '',
    prefix: '20255501',
    free: 2,
    suffix: 'Incorporated',
    places: ['Springfield,62701', 'Portland,97201', 'Austin,73301'],
    street: 'Example Boulevard',
  },
  {
    code: 'GB',
    dial: '44',
    trunk: '0',
    prefix: '2079460',
    free: 3,
    suffix: 'Limited',
    places: ['London,EC1A 1AA', 'Leeds,LS1 1AA', 'Bristol,BS1 1AA'],
    street: 'Specimen Lane',
  },
  {
    code: 'FR',
    dial: '33',
    trunk: '0',
    prefix: '19900',
    free: 4,
    suffix: 'Société Anonyme',
    places: ['Lyon,69001', 'Nîmes,30000', 'Orléans,45000'],
    street: 'avenue de la Fiction',
  },
  {
    code: 'SE',
    dial: '46',
    trunk: '0',
    prefix: '8465004',
    free: 2,
    suffix: 'Aktiebolag',
    places: ['Göteborg,41103', 'Malmö,21120', 'Lund,22100'],
    street: 'Exempelgatan',
  },
];
const BRANDS = words(`Rotfuchs Nordlicht Silberbach Kestrel Juniper Larkspur Bluewater Cobalt Falkenried Hollowoak
  Ironwood Jadeberg Kranich Lindenhof Moorland Nightjar`);
const TRADES = words(`Machinery Logistics Foods Optics Textiles Robotics Instruments Packaging Chemicals Timber
  Electronics Bearings Ceramics Marine Medical Paper`);
const BRANCHES = words(
  `North South East West Harbour Central Upper Lower Coast Valley River Hill Island Forest Lake Field`,
);
const BRAND_SLUGS = BRANDS.map((word) => word.toLowerCase());
const TRADE_SLUGS = TRADES.map((word) => word.toLowerCase());
const PLACES = COUNTRIES.map((home) => home.places.map((place) => place.split(',')));
const TWO_DIGITS = padded(2);
const FOUR_DIGITS = padded(4);
const BAD_KINDS: readonly BadKind[] = ['email', 'name', 'date', 'status'];

/** The clean record at an index. */
export function customerAt(index: number, set: CustomerSet): Customer {
  const [a, b, c] = [mix(set.seed, index), mix(set.seed + 1, index), mix(set.seed + 2, index)];
  const changed = isChanged(index, set) ? 1 : 0;
  const home = at(COUNTRIES, a % COUNTRIES.length);
  const [brand, branch, trade] = [(a >>> 4) & 15, (a >>> 8) & 15, (a >>> 12) & 15];
  const name = `${at(BRANDS, brand)} ${at(BRANCHES, branch)} ${at(TRADES, trade)}`;
  const separator = (b >>> 8) % 32 === 0 ? ', ' : ' ';
  const email = `${at(BRAND_SLUGS, brand)}.${index}@${at(TRADE_SLUGS, trade)}.customer-service.example.com`;
  const [city = '', postalCode = ''] = at(PLACES, a % COUNTRIES.length)[((b & 0xff) + changed) % 3] ?? [];
  const four = at(FOUR_DIGITS, c % 10_000);
  const serial = home.free === 4 ? four : four.slice(4 - home.free);
  return {
    id: `K${String(100_000_000 + index).slice(1)}`,
    name: `${name}${separator}${home.suffix}`,
    sourceName: (b >>> 13) % 16 === 0 ? `  ${name}${separator} ${home.suffix}` : `${name}${separator}${home.suffix}`,
    email,
    sourceEmail: (b >>> 17) % 16 === 0 ? email.toUpperCase() : email,
    phone: `+${home.dial}${home.prefix}${serial}`,
    sourcePhone: sourcePhone(home, serial, (b >>> 21) % 8),
    country: home.code,
    street: `${home.street} ${(c >>> 14) % 400} / Reception Building ${b % 40} / Floor ${c % 20}`,
    city,
    postalCode,
    status: (b >>> 24) & 3,
    creditLimit: `${(c >>> 8) % 900_000}.${at(TWO_DIGITS, (c + changed) % 100)}`,
    taxNo: `91${home.code}${at(FOUR_DIGITS, a % 10_000)}${at(FOUR_DIGITS, b % 10_000)}${four}X${at(TWO_DIGITS, index % 100)}`,
    manager: `M${at(FOUR_DIGITS, b % 5000)}`,
    foundedOn: `${1950 + (c % 70)}-${at(TWO_DIGITS, 1 + (b % 12))}-${at(TWO_DIGITS, 1 + (a % 28))}`,
    updatedAt: `2026-1${changed}-${at(TWO_DIGITS, 1 + (c % 20))}T${at(TWO_DIGITS, b % 24)}:${at(TWO_DIGITS, a % 60)}:00Z`,
  };
}

/** Half as plain national digits, the rest with spaces or with the country's prefix. */
function sourcePhone(home: Country, serial: string, style: number): string {
  if (style < 4) return `${home.trunk}${home.prefix}${serial}`;
  if (style < 6) return `+${home.dial}${home.prefix}${serial}`;
  return `+${home.dial} ${home.prefix} ${serial}`;
}

/** What is wrong with the record at an index, or null. The same in every export of a seed. */
export function badKind(index: number, set: CustomerSet): BadKind | null {
  const dice = mix(set.seed ^ 0x5bd1e995, index);
  return dice / 4_294_967_296 < (set.badShare ?? 0.02) ? (BAD_KINDS[index & 3] ?? null) : null;
}

export function isChanged(index: number, set: CustomerSet): boolean {
  if (set.changedShare === undefined || index >= set.rows) return false;
  return mix(set.seed ^ 0x1b873593, index) / 4_294_967_296 < set.changedShare;
}

/** The finaliser of murmur3 over seed and index. */
function mix(seed: number, index: number): number {
  let hash = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)) | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new RangeError(`no item ${index}`);
  return item;
}

function padded(digits: number): string[] {
  return Array.from({ length: 10 ** digits }, (_none, index) => String(index).padStart(digits, '0'));
}

function words(text: string): string[] {
  return text.split(/\s+/);
}
