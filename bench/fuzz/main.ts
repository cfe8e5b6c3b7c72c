// `npm run fuzz`: random documents through every framer and decoder, for as long as one likes.
//
//   this process ── seeds ──▶ a process that checks them ── what it found, seed by seed ──▶ this process
//
// So a case that never ends, or takes all memory, is found too: its seeds are among those that were begun last.

import { type ChildProcess, fork } from 'node:child_process';
import { Command, InvalidArgumentError, Option } from 'commander';
import { print, printJson, say } from '../../src/cli/output.ts';
import type { Format } from '../../src/domain/definition.ts';
import { caseOf, FORMATS, type FuzzCase } from './cases.ts';
import { problemOf } from './problem.ts';

interface Options {
  readonly seconds: number;
  readonly seed: number;
  readonly format?: Format;
  readonly json: boolean;
}

/** From the process that checks: the seeds that it has done, and what was wrong with some. */
interface Done {
  readonly next: number;
  readonly failures: readonly Failure[];
}

interface Failure {
  readonly format: Format | null;
  readonly seed: number;
  readonly problem: string;
}

const SEEDS_AT_ONCE = 100;
/** So many cases are done in a second: whoever is silent for so long is not coming back. */
const HANG_MS = 30_000;
const MEMORY_MB = 512;
const MOST_FAILURES = 20;
const TELL_MS = 10_000;

async function check(from: number, formats: readonly Format[]): Promise<never> {
  for (let next = from + SEEDS_AT_ONCE; ; next += SEEDS_AT_ONCE) {
    const seeds = Array.from({ length: SEEDS_AT_ONCE }, (_none, index) => next - SEEDS_AT_ONCE + index);
    const failures = seeds.flatMap((seed) => formats.flatMap((format) => failureOf(format, seed)));
    const done: Done = { next, failures };
    await new Promise((resolve) => process.send?.(done, resolve));
  }
}

function failureOf(format: Format, seed: number): readonly Failure[] {
  const problem = problemOf(format, seed);
  return problem === null ? [] : [{ format, seed, problem }];
}

async function fuzz({ seconds, seed, format }: Options): Promise<{ cases: number; failures: readonly Failure[] }> {
  const end = Date.now() + seconds * 1000;
  const failures: Failure[] = [];
  let next = seed;
  while (Date.now() < end && failures.length < MOST_FAILURES) {
    const args = ['--checks', String(next), ...(format === undefined ? [] : ['--format', format])];
    const child = fork(process.argv[1] ?? '', args, { execArgv: [`--max-old-space-size=${MEMORY_MB}`] });
    const ended = await follow(child, end, (done) => {
      next = done.next;
      failures.push(...done.failures);
      return failures.length < MOST_FAILURES;
    });
    if (ended === 'lost') {
      failures.push({
        format: null,
        seed: next,
        problem: `no answer, or no memory, in ${SEEDS_AT_ONCE} seeds from here`,
      });
      next += SEEDS_AT_ONCE;
    }
  }
  return { cases: (next - seed) * (format === undefined ? FORMATS.length : 1), failures };
}

/** Until the time is over, enough was found, or the process is lost. */
function follow(child: ChildProcess, end: number, take: (done: Done) => boolean): Promise<'over' | 'lost'> {
  return new Promise((resolve) => {
    let told = Date.now();
    const finish = (how: 'over' | 'lost'): void => {
      clearTimeout(watch);
      child.removeAllListeners();
      child.kill('SIGKILL');
      resolve(how);
    };
    const watch = setTimeout(() => finish('lost'), HANG_MS);
    child.on('exit', () => finish('lost'));
    child.on('message', (done: Done) => {
      watch.refresh();
      if (!take(done) || Date.now() > end) finish('over');
      if (Date.now() < told + TELL_MS) return;
      told = Date.now();
      say(`seed ${done.next}, ${Math.max(0, Math.round((end - told) / 1000))} s left`);
    });
  });
}

function seedOf({ stream, bytes, sizes, everyBytes }: FuzzCase): object {
  const { format, encoding, record, csv } = stream;
  return { from: { format, encoding, record, csv }, latin1: bytes.toString('latin1'), sizes, everyBytes };
}

function whole(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new InvalidArgumentError('expected a whole number');
  return number;
}

interface Parsed extends Options {
  readonly checks?: number;
  readonly show?: number;
}

const { checks, show, ...options } = new Command('fuzz')
  .description('Random documents through every framer and decoder. Exit code 1 when anything is wrong with one.')
  .option('--seconds <n>', 'how long', whole, 60)
  .option('--seed <n>', 'the first seed; a seed is the same case everywhere', whole, 1)
  .addOption(new Option('--format <format>', 'one format only').choices(FORMATS))
  .option('--show <seed>', 'print the cases of a seed as test/formats/fuzz-seeds.ts keeps them', whole)
  .option('--json', 'the result as JSON on stdout', false)
  .addOption(new Option('--checks <seed>').argParser(whole).hideHelp())
  .parse()
  .opts<Parsed>();

const chosen = options.format === undefined ? FORMATS : [options.format];
if (checks !== undefined) await check(checks, chosen);
if (show !== undefined) {
  printJson(chosen.map((format) => seedOf(caseOf(format, show))));
  process.exit(0);
}
const { cases, failures } = await fuzz(options);
if (options.json) printJson({ seconds: options.seconds, seed: options.seed, cases, failures });
else {
  for (const { format, seed, problem } of failures) print(`${format ?? 'a format'}, seed ${seed}: ${problem}`);
  print(
    `${cases} cases in ${options.seconds} s, ${failures.length === 0 ? 'nothing wrong' : `${failures.length} wrong`}`,
  );
}
process.exit(failures.length === 0 ? 0 : 1);
