import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { armFailpoints, atFailpoint, durably, FAILPOINTS } from '../../src/domain/failpoints.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

afterEach(() => armFailpoints(undefined));

function sources(): readonly { readonly file: string; readonly text: string }[] {
  return ['src', 'activities', 'workflows'].flatMap((folder) =>
    readdirSync(`${ROOT}/${folder}`, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('failpoints.ts'))
      .map((name) => ({ file: `${folder}/${name}`, text: readFileSync(`${ROOT}/${folder}/${name}`, 'utf8') })),
  );
}

describe('failpoints', () => {
  test('before and after are told in their order, around what becomes durable', async () => {
    const told: string[] = [];
    armFailpoints((point, side) => {
      told.push(`${point}@${side}`);
      return undefined;
    });
    const result = await durably('read.planned', async () => {
      told.push('written');
      return 7;
    });
    expect(result).toBe(7);
    expect(told).toEqual(['read.planned@before', 'written', 'read.planned@after']);
  });

  test('what the armed hook throws before keeps it from becoming durable', async () => {
    armFailpoints(() => Promise.reject(new Error('lost')));
    let written = false;
    const step = durably('read.planned', async () => {
      written = true;
    });
    await expect(step).rejects.toThrow('lost');
    expect(written).toBe(false);
  });

  test('an unarmed point is a call that returns undefined', () => {
    expect(atFailpoint('crm.delivered', 'before')).toBeUndefined();
  });

  test('every point stands in the product, and nothing in the product arms one', () => {
    const all = sources();
    const unused = Object.keys(FAILPOINTS).filter((point) => !all.some(({ text }) => text.includes(`'${point}'`)));
    expect(unused).toEqual([]);
    expect(all.filter(({ text }) => text.includes('armFailpoints')).map(({ file }) => file)).toEqual([]);
  });
});
