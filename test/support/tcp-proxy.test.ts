import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startTcpProxy, type TcpProxy, through } from './tcp-proxy.ts';

let echo: Server;
let proxy: TcpProxy;

beforeEach(async () => {
  echo = createServer((socket) => {
    socket.on('error', () => {});
    socket.pipe(socket);
  });
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
  proxy = await startTcpProxy({ port: (echo.address() as AddressInfo).port }); // listens on TCP
});

afterEach(async () => {
  await proxy.close();
  echo.close();
});

async function open(): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port: proxy.port });
  socket.on('error', () => {}); // resets are what is tested
  await once(socket, 'connect');
  return socket;
}

async function say(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  const [answer]: unknown[] = await once(socket, 'data');
  return String(answer);
}

const ended = (socket: Socket): Promise<string> =>
  new Promise((resolve) => {
    socket
      .on('error', () => {})
      .on('close', () => resolve('closed'))
      .resume();
  });

it('passes bytes both ways, and names itself in an address', async () => {
  expect(await say(await open(), 'hello')).toBe('hello');
  expect(proxy.answered).toBe(5);
  expect(through(proxy, 'postgres://a:b@db:5432/x')).toBe(`postgres://a:b@127.0.0.1:${proxy.port}/x`);
});

it('a black hole answers nobody and closes nothing, until it is healed', async () => {
  const socket = await open();
  await say(socket, 'x');
  const end = ended(socket);
  proxy.blackHole();
  socket.write('lost');
  const later = await open();
  later.write('lost too');
  expect(await Promise.race([end, ended(later), once(socket, 'data'), sleep(100, 'nothing')])).toBe('nothing');
  proxy.heal();
  expect(await end).toBe('closed');
  expect(await say(await open(), 'again')).toBe('again');
});

it('refuses, cuts, and heals', async () => {
  const socket = await open();
  const end = ended(socket);
  proxy.refuse();
  expect(await end).toBe('closed');
  expect(await ended(connect({ host: '127.0.0.1', port: proxy.port }))).toBe('closed');
  proxy.heal();
  const other = await open();
  expect(await say(other, 'on')).toBe('on');
  const cut = ended(other);
  proxy.cut();
  expect(await cut).toBe('closed');
});

it('delays in order, and loses the rest of an answer', async () => {
  const socket = await open();
  proxy.delay(50);
  const began = Date.now();
  expect(await say(socket, 'late')).toBe('late');
  expect(Date.now() - began).toBeGreaterThanOrEqual(90);
  proxy.delay(0);
  proxy.cutAnswerAfter(2);
  const end = ended(socket);
  expect(await say(socket, 'answer')).toBe('an');
  expect(await end).toBe('closed');
});
