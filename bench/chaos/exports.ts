// The files of the three sources. Each is put in place as a whole, as a careful system does it.

import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from './random.ts';
import { keyOf, type OaChange, versionText, type World } from './world.ts';

/** Share of the OA's changes that come a file later than newer ones, and of those that come twice. */
const LATE_SHARE = 0.2;
const TWICE_SHARE = 0.3;
const RECENT = 500;
/** One record of so many stands in the ERP's export twice: the later line counts. */
const DOUBLED = 200;

export class Exports {
  readonly #dir: string;
  readonly #world: World;
  #files = 0;
  #late: OaChange[] = [];
  readonly #recent: OaChange[] = [];
  /** Changes that were written twice, and that came after newer ones. */
  readonly counts = { duplicated: 0, reordered: 0 };

  constructor(dir: string, world: World) {
    this.#dir = dir;
    this.#world = world;
    for (const source of ['erp', 'shop', 'oa']) mkdirSync(join(dir, source), { recursive: true });
  }

  /** @param versions other ones than the world's: an old export */
  erp(versions = this.#world.versions.erp): void {
    const parts = ['no,name,email,city,v\n'];
    versions.forEach((version, customer) => {
      if (version === 0) return;
      const { name, email, city } = this.#world.erp(customer, version);
      const said = this.#world.isBad(customer, version) ? 'to be announced' : email;
      if (customer % DOUBLED === 3) parts.push(`${keyOf(customer)},an earlier line,${email},${city},${version}\n`);
      parts.push(`${keyOf(customer)},${name},${said},${city},${version}\n`);
    });
    this.#put('erp', 'customers.csv', parts.join(''));
  }

  shop(versions = this.#world.versions.shop): void {
    const parts = ['<?xml version="1.0" encoding="UTF-8"?>\n<shop>\n'];
    versions.forEach((version, customer) => {
      if (version === 0) return;
      const { email, tier, points } = this.#world.shop(customer, version);
      parts.push(
        `<customer><no>${keyOf(customer)}</no><email>${email}</email><tier>${tier}</tier><points>${points}</points><v>${version}</v></customer>\n`,
      );
    });
    parts.push('</shop>\n');
    this.#put('shop', 'customers.xml', parts.join(''));
  }

  /** Everything that the OA has, as changes. */
  firstOa(): void {
    const all: OaChange[] = [];
    this.#world.versions.oa.forEach((version, customer) => {
      if (version > 0) all.push({ customer, version });
    });
    this.oa(all);
  }

  /**
   * The changes of some customers to the versions that they have now, out of order and some of them repeated; `last`: nothing
   * stays for later. They are to be written, or sent.
   */
  nextOa(customers: readonly number[], random: Random, last: boolean): readonly OaChange[] {
    const changes = customers.map((customer) => ({ customer, version: this.#world.versions.oa[customer] ?? 0 }));
    const late = last ? [] : changes.filter(() => random.chance(LATE_SHARE));
    const waiting = new Set(late);
    const again = this.#recent.filter(() => random.chance((TWICE_SHARE * changes.length) / RECENT));
    const now = [...changes.filter((change) => !waiting.has(change)), ...this.#late, ...again];
    this.counts.duplicated += again.length;
    this.counts.reordered += this.#late.length;
    this.#late = late;
    for (let at = now.length - 1; at > 0; at--) swap(now, at, random.below(at + 1));
    this.#recent.push(...changes);
    this.#recent.splice(0, Math.max(0, this.#recent.length - RECENT));
    return now;
  }

  /** As the OA writes a change down. */
  oaText({ customer, version }: OaChange): string {
    return JSON.stringify({
      no: keyOf(customer),
      v: versionText(version),
      n: version,
      ...this.#world.oa(customer, version),
    });
  }

  oa(changes: readonly OaChange[]): void {
    const lines = changes.map((change) => `${this.oaText(change)}\n`);
    if (lines.length > 0) this.#put('oa', `changes-${String(++this.#files).padStart(6, '0')}.ndjson`, lines.join(''));
  }

  #put(source: string, name: string, content: string): void {
    const draft = join(this.#dir, `.${source}-${name}`);
    writeFileSync(draft, content);
    renameSync(draft, join(this.#dir, source, name));
  }
}

function swap(items: OaChange[], a: number, b: number): void {
  const [one, other] = [items[a], items[b]];
  if (one === undefined || other === undefined) return;
  items[a] = other;
  items[b] = one;
}
