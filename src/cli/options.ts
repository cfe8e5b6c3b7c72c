// Values of options, checked where they come in.

import { InvalidArgumentError } from 'commander';

export function countOption(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 64)
    throw new InvalidArgumentError('expected a number from 1 to 64');
  return count;
}

export function portOption(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new InvalidArgumentError('expected a port');
  return port;
}

export function limitOption(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100_000)
    throw new InvalidArgumentError('expected a number from 1 to 100000');
  return limit;
}

export function idOption(text: string): number {
  const id = Number(text);
  if (!Number.isSafeInteger(id) || id < 1)
    throw new InvalidArgumentError('expected the number of a quarantined record');
  return id;
}
