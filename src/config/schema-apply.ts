// The syntax of one function, under `apply` and under `fix`.

import { z } from 'zod';

import { someText } from './scalars.ts';

export const stepSchema = z
  .union([someText, z.record(z.string(), z.unknown())], {
    error: 'expected a function such as trim, or one with its argument such as { phone: { region: country } }',
  })
  .refine((value) => typeof value === 'string' || Object.keys(value).length === 1, {
    error: 'expected one function in each step',
  })
  .transform((value) => {
    const [fn = '', args = null] = typeof value === 'string' ? [value] : (Object.entries(value)[0] ?? []);
    return { fn, args };
  });
