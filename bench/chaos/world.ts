// What the three sources say, and what the CRM must hold because of it: worked out from versions alone, without any of the
// code under test.
//
//   erp   CSV, a snapshot with a version; some records are bad until they are mended
//   shop  XML, a snapshot without a version: what the last export says counts, also when it is an old one
//   oa    NDJSON, partial changes, each file read once; repeated, and out of order
//
// A customer is in two or three of them.

import { hashOf, type Random } from './random.ts';

export type SourceName = 'erp' | 'shop' | 'oa';
/** `lists` reads the shop too, and keeps some of its customers in a file. */
export type SyncName = SourceName | 'lists';
export const SOURCES: readonly SourceName[] = ['erp', 'shop', 'oa'];

/** From this version on a record of the ERP that was bad is good. */
const MENDED = 3;

/** In the order of `crmColumns`. */
export type CrmRow = readonly (string | null)[];

export const CRM_COLUMNS = [
  'external_id',
  'name',
  'email',
  'city',
  'tier',
  'points',
  'note',
  'phone',
  'erp_version',
  'shop_version',
  'oa_version',
] as const;

export interface OaChange {
  readonly customer: number;
  readonly version: number;
}

export class World {
  readonly seed: number;
  readonly customers: number;
  /** By source, the version of each customer's record; 0 where the source does not have it. */
  readonly versions: Readonly<Record<SourceName, Int32Array>>;

  /** @param records of all sources together */
  constructor(seed: number, records: number) {
    this.seed = seed;
    this.customers = Math.max(10, Math.round(records / 2));
    const of = (source: SourceName): Int32Array =>
      Int32Array.from({ length: this.customers }, (_, customer) => (covers(source, customer) ? 1 : 0));
    this.versions = { erp: of('erp'), shop: of('shop'), oa: of('oa') };
  }

  /** Moves some records of a source on by a version. @returns which */
  change(source: SourceName, count: number, random: Random): readonly number[] {
    const versions = this.versions[source];
    const changed = new Set<number>();
    for (let turn = 0; turn < count * 4 && changed.size < count; turn++) {
      const customer = random.below(this.customers);
      const version = versions[customer] ?? 0;
      if (version === 0 || changed.has(customer)) continue;
      versions[customer] = version + 1;
      changed.add(customer);
    }
    return [...changed];
  }

  isBad(customer: number, version: number): boolean {
    return customer % 50 === 7 && version > 0 && version < MENDED;
  }

  erp(customer: number, version: number): Readonly<Record<'name' | 'email' | 'city', string>> {
    const hash = hashOf(this.seed, 1, customer, version);
    return {
      name: `Name ${hash % 9_973} of ${customer}`,
      email: `c${customer}.v${hash % 997}@erp.example`,
      city: CITIES[hash % CITIES.length] ?? '',
    };
  }

  shop(customer: number, version: number): Readonly<Record<'email' | 'tier' | 'points', string>> {
    const hash = hashOf(this.seed, 2, customer, version);
    return {
      email: `c${customer}.w${hash % 997}@shop.example`,
      tier: TIERS[hash % TIERS.length] ?? '',
      points: String(hash % 10_000),
    };
  }

  /** What one change of the OA says: some of its fields, the first one all of them. */
  oa(customer: number, version: number): Readonly<Partial<Record<'note' | 'phone', string>>> {
    const hash = hashOf(this.seed, 3, customer, version);
    const says = version === 1 ? 3 : (hash % 3) + 1;
    return {
      ...((says & 1) === 0 ? {} : { note: `note ${hash % 99_991}` }),
      ...((says & 2) === 0 ? {} : { phone: `ext ${hash % 8_999}` }),
    };
  }

  /** What the CRM must hold of a customer. */
  expected(customer: number): CrmRow {
    const { erp, shop, oa } = this.versions;
    const ofErp = erp[customer] ?? 0;
    const good = ofErp > 0 && !this.isBad(customer, ofErp) ? ofErp : 0;
    const ofShop = shop[customer] ?? 0;
    const ofOa = oa[customer] ?? 0;
    const erpSays = good > 0 ? this.erp(customer, good) : null;
    const shopSays = ofShop > 0 ? this.shop(customer, ofShop) : null;
    const said = this.#oaFolded(customer, ofOa);
    return [
      keyOf(customer),
      erpSays?.name ?? null,
      shopSays?.email ?? erpSays?.email ?? null,
      erpSays?.city ?? null,
      shopSays?.tier ?? null,
      shopSays?.points ?? null,
      said.note ?? null,
      said.phone ?? null,
      good > 0 ? String(good) : null,
      ofShop > 0 ? String(ofShop) : null,
      ofOa > 0 ? String(ofOa) : null,
    ];
  }

  /** What the file of `lists` must say: a line for each customer, in any order. */
  listed(): readonly string[] {
    return this.#all((customer) => customer % 100 === 2).map((customer) => {
      const { tier } = this.shop(customer, this.versions.shop[customer] ?? 0);
      return `${keyOf(customer)},${tier}`;
    });
  }

  /** The records of a source that must be in quarantine. */
  bad(source: SourceName): readonly number[] {
    if (source !== 'erp') return [];
    return this.#all((customer) => this.isBad(customer, this.versions.erp[customer] ?? 0));
  }

  /** The records of a source that must be in the crosswalk. */
  accepted(source: SourceName): readonly number[] {
    const versions = this.versions[source];
    return this.#all((customer) => {
      const version = versions[customer] ?? 0;
      return version > 0 && !(source === 'erp' && this.isBad(customer, version));
    });
  }

  #all(wanted: (customer: number) => boolean): readonly number[] {
    const found: number[] = [];
    for (let customer = 0; customer < this.customers; customer++) if (wanted(customer)) found.push(customer);
    return found;
  }

  /** Of each field the newest change that speaks of it. */
  #oaFolded(customer: number, version: number): Partial<Record<'note' | 'phone', string>> {
    const folded: Partial<Record<'note' | 'phone', string>> = {};
    for (let at = version; at > 0 && (folded.note === undefined || folded.phone === undefined); at--) {
      const { note, phone } = this.oa(customer, at);
      if (folded.note === undefined && note !== undefined) folded.note = note;
      if (folded.phone === undefined && phone !== undefined) folded.phone = phone;
    }
    return folded;
  }
}

export function keyOf(customer: number): string {
  return `C-${String(customer).padStart(6, '0')}`;
}

/** As the source writes it. */
export function versionText(version: number): string {
  return String(version).padStart(8, '0');
}

function covers(source: SourceName, customer: number): boolean {
  const group = customer % 5;
  if (source === 'erp') return group !== 4;
  return source === 'shop' ? group >= 2 : group === 0 || group === 1 || group === 3;
}

const CITIES = ['Basel', 'Graz', 'Lyon', 'Porto', 'Oslo', 'Gdansk', 'Turku'];
const TIERS = ['basic', 'plus', 'key'];
