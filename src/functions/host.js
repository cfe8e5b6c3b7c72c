// Runs the functions of a project: the program of a process of its own, which its parent may kill at any time.
//
// parent: { load: { code, url } }               → { loaded: names } or { failed: message }
// parent: { calls: [name, value, args][],      → { results: { value } or { error } [] } as they come, in order;
//           careful }                             with `careful` each before the next call begins

import { register } from 'node:module';
import { Worker } from 'node:worker_threads';

const send = process.send?.bind(process);
const MAX_PIECE = 500;
const PIECE_MS = 20;
const MAX_MESSAGE = 400;

/** @type {Record<string, unknown>} */
let functions = {};

// What would reach the network. Modules that do are refused before the file is loaded.
for (const name of ['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest']) Reflect.deleteProperty(globalThis, name);

process.on('disconnect', () => process.exit(0));
watch(Number(process.argv[2]), process.ppid);
process.on('message', (message) => {
  if ('load' in message) void load(message.load);
  else answer(message.calls, message.careful === true, 0);
});

/**
 * A thread that ends this process when it takes more memory than it may, the heap's limit knows nothing of buffers, or
 * when its parent is gone: a function that loops would never hear of either.
 */
function watch(maxBytes, parent) {
  const code = `setInterval(() => {
    if (process.memoryUsage.rss() > ${maxBytes} || process.ppid !== ${parent}) process.kill(process.pid, 'SIGKILL');
  }, 20)`;
  new Worker(code, { eval: true, stdout: true, stderr: true }).unref();
}

/**
 * The module has no file: its code is what the definition of the run has. Its address is in the project's folder, so that
 * packages are found there.
 */
async function load({ code, url }) {
  const hooks = `const [url, code] = ${JSON.stringify([url, code])};
export const resolve = (specifier, context, next) =>
  specifier === url ? { url, format: 'module', shortCircuit: true } : next(specifier, context);
export const load = (at, context, next) =>
  at === url ? { format: 'module', source: code, shortCircuit: true } : next(at, context);`;
  try {
    register(`data:text/javascript,${encodeURIComponent(hooks)}`);
    functions = await import(url);
    const names = Object.keys(functions).filter((name) => typeof functions[name] === 'function');
    send?.({ loaded: names });
  } catch (error) {
    send?.({ failed: messageOf(error) });
  }
}

/** A piece of results at a time: between two of them the channel is written. */
function answer(calls, careful, from) {
  const results = [];
  const started = performance.now();
  let at = from;
  while (at < calls.length && results.length < (careful ? 1 : MAX_PIECE) && performance.now() - started < PIECE_MS) {
    results.push(call(calls[at]));
    at += 1;
  }
  send?.({ results }, () => {
    if (at < calls.length) setImmediate(() => answer(calls, careful, at));
  });
}

function call([name, value, args]) {
  try {
    const result = args === null ? functions[name](value) : functions[name](value, args);
    return toResult(result);
  } catch (error) {
    return { error: messageOf(error) };
  }
}

/** Absent is empty text: what that means is the stream's to say. */
function toResult(value) {
  if (value === undefined) return { value: '' };
  const made = toValue(value);
  return made === undefined
    ? { error: `gave ${describe(value)}; expected text, a number, true, false, null or a list of them` }
    : { value: made };
}

function toValue(value) {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value))) return String(value);
  if (!Array.isArray(value)) return undefined;
  const items = value.map(toValue);
  return items.includes(undefined) ? undefined : items;
}

function describe(value) {
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value)) return 'a list of something else';
  if (typeof value === 'object' && typeof value.then === 'function') return 'a promise (functions do not wait)';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function messageOf(error) {
  const message = typeof error === 'object' && error !== null && 'message' in error ? error.message : error;
  return String(message).slice(0, MAX_MESSAGE) || 'failed';
}
