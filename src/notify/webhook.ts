import type { Sending } from './notify.ts';

const TIMEOUT_MS = 10_000;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * Posts a notification as JSON; any answer but 2xx is an error. Redirects are not followed, and nothing but the status
 * is read, so that the other side decides neither where we go nor how much memory it takes. Messages never name the
 * address: it may hold a secret.
 */
export async function postWebhook(url: string, { notification, signal }: Sending): Promise<void> {
  checkAddress(url);
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'accept-encoding': 'identity' },
    body: JSON.stringify(notification),
    redirect: 'manual',
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
  }).catch((error: unknown) => {
    const timedOut = error instanceof Error && error.name === 'TimeoutError';
    throw new Error(timedOut ? `no answer within ${TIMEOUT_MS / 1000} s` : 'it cannot be reached', { cause: error });
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`it answered ${response.status}`);
}

function checkAddress(url: string): void {
  const { protocol, hostname } = URL.canParse(url) ? new URL(url) : { protocol: '', hostname: '' };
  if (protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname))) return;
  throw new Error('its address is neither https nor http on this machine');
}
