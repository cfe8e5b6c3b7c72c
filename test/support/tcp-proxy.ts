// A TCP proxy between a client and a server of ours, whose connections can be cut, refused, held up or swallowed.
//
//   pass ──blackHole()──▶ bytes of both sides vanish, connections stay open and new ones are taken: nobody gets an answer
//        ──refuse()─────▶ connections are reset, new ones too
//        ──delay(ms)────▶ each piece arrives later, in order
//   every state ──heal()──▶ pass: new connections work; what was swallowed is lost, so connections of the hole are reset

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface TcpProxy {
  readonly port: number;
  /** Connections that are open at this moment. */
  readonly open: number;
  /** Bytes that the server has answered through the proxy. */
  readonly answered: number;
  /** Stops forwarding without closing anything, in both directions. */
  blackHole(): void;
  /** Resets what is open and whatever comes. */
  refuse(): void;
  delay(ms: number): void;
  /** Resets the connections that are open, once. New ones work. */
  cut(): void;
  /** Lets so many more bytes of the server's answers through, then resets the connection: an answer that gets lost. */
  cutAnswerAfter(bytes: number): void;
  heal(): void;
  close(): Promise<void>;
}

type Mode = 'pass' | 'black hole' | 'refuse';

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

interface State {
  mode: Mode;
  delayMs: number;
  answered: number;
  answersLeft: number;
}

export async function startTcpProxy(target: { readonly host?: string; readonly port: number }): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  const state: State = { mode: 'pass', delayMs: 0, answered: 0, answersLeft: Infinity };
  const resetAll = (): void => pairs.forEach(reset);
  const listener = createServer((client) => {
    client.on('error', () => {}); // the other side goes too, on close
    if (state.mode === 'refuse') client.resetAndDestroy();
    else join(pairs, { client, server: connect({ host: target.host ?? '127.0.0.1', port: target.port }) }, state);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo; // listens on TCP
  return {
    port,
    get open() {
      return pairs.size;
    },
    get answered() {
      return state.answered;
    },
    blackHole: () => (state.mode = 'black hole'),
    refuse: () => {
      state.mode = 'refuse';
      resetAll();
    },
    delay: (ms) => (state.delayMs = ms),
    cut: resetAll,
    cutAnswerAfter: (bytes) => (state.answersLeft = bytes),
    heal: () => {
      if (state.mode === 'black hole') resetAll();
      Object.assign(state, { mode: 'pass', delayMs: 0, answersLeft: Infinity });
    },
    close: async () => {
      resetAll();
      const closed = once(listener, 'close');
      listener.close();
      await closed;
    },
  };
}

function reset({ client, server }: Pair): void {
  client.resetAndDestroy();
  server.destroy();
}

function join(pairs: Set<Pair>, pair: Pair, state: State): void {
  pairs.add(pair);
  const { client, server } = pair;
  server.on('error', () => {});
  for (const socket of [client, server]) {
    socket.setNoDelay(true);
    socket.on('close', () => {
      pairs.delete(pair);
      if (state.mode !== 'black hole') for (const either of [client, server]) either.destroy();
    });
  }
  forward(pair, 'client', state);
  forward(pair, 'server', state);
}

/** Bytes of a side come out in their order, whatever the delay was when they came in. */
function forward(pair: Pair, from: 'client' | 'server', state: State): void {
  const to = from === 'client' ? pair.server : pair.client;
  let last = Promise.resolve();
  pair[from].on('data', (chunk: Buffer) => {
    if (state.mode === 'black hole') return;
    const bytes = from === 'server' ? chunk.subarray(0, state.answersLeft) : chunk;
    if (from === 'server') {
      state.answered += bytes.length;
      state.answersLeft -= bytes.length;
    }
    const over = state.answersLeft <= 0;
    const { delayMs } = state;
    pair[from].pause();
    const pass = async (): Promise<void> => {
      await last;
      if (delayMs > 0) await sleep(delayMs);
      if (!to.destroyed && !to.write(bytes)) await Promise.race([once(to, 'drain'), once(to, 'close')]);
      pair[from].resume();
      if (!over) return;
      state.answersLeft = Infinity;
      to.end(() => reset(pair)); // what was let through arrives
    };
    last = pass().catch(() => reset(pair));
  });
}

/** The same URL, by way of the proxy. */
export function through(proxy: TcpProxy, url: string): string {
  const changed = new URL(url);
  changed.hostname = '127.0.0.1';
  changed.port = String(proxy.port);
  return changed.href;
}
