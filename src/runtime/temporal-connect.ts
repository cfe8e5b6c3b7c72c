// How to reach a Temporal server, as plain JSON: it goes to worker processes and into runtime.json.

import { loadClientConnectConfig } from '@temporalio/envconfig';
import { z } from 'zod';
import { SyncError } from '../domain/errors.ts';

const BASE64 = z.string();

/** Server address, namespace and credentials. Certificates and keys are base64 of their PEM. */
export const TEMPORAL_CONNECT = z.object({
  address: z.string(),
  namespace: z.string(),
  apiKey: z.string().exactOptional(),
  tls: z
    .union([
      z.boolean(),
      z.object({
        serverNameOverride: z.string().exactOptional(),
        serverRootCACertificate: BASE64.exactOptional(),
        clientCertPair: z.object({ crt: BASE64, key: BASE64 }).exactOptional(),
      }),
    ])
    .exactOptional(),
  metadata: z.record(z.string(), z.string()).exactOptional(),
});

export type TemporalConnect = z.infer<typeof TEMPORAL_CONNECT>;

/** What both `Connection.connect` (client) and `NativeConnection.connect` (worker) take. */
export interface TemporalConnectionOptions {
  readonly address: string;
  readonly apiKey?: string;
  readonly tls?: boolean | TlsConfig;
  readonly metadata?: Record<string, string>;
}

interface TlsConfig {
  readonly serverNameOverride?: string;
  readonly serverRootCACertificate?: Uint8Array;
  readonly clientCertPair?: { readonly crt: Uint8Array; readonly key: Uint8Array };
}

/** The options for the SDK's connections. The namespace is given to clients and workers, not to connections. */
export function connectionOptions(connect: TemporalConnect): TemporalConnectionOptions {
  const { address, apiKey, tls, metadata } = connect;
  return {
    address,
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(tls === undefined ? {} : { tls: typeof tls === 'boolean' ? tls : decodeTls(tls) }),
    ...(metadata === undefined ? {} : { metadata }),
  };
}

/**
 * The cluster that the environment names: TEMPORAL_ADDRESS, or a profile of Temporal's own configuration file
 * (TEMPORAL_PROFILE, TEMPORAL_CONFIG_FILE; TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS_* override it). Undefined
 * when nothing names an address. Fails with `runtime.temporal_unreachable` when the file cannot be used.
 */
export function givenCluster(env: NodeJS.ProcessEnv): TemporalConnect | undefined {
  const loaded = loadConfig(env);
  const { address, apiKey, tls, metadata } = loaded.connectionOptions;
  if (address === undefined || address === '') return undefined;
  return {
    address,
    namespace: loaded.namespace ?? 'default',
    ...(typeof apiKey === 'string' ? { apiKey } : {}),
    ...(tls === undefined || tls === null ? {} : { tls: typeof tls === 'boolean' ? tls : encodeTls(tls) }),
    ...(metadata === undefined ? {} : { metadata: stringsOf(metadata) }),
  };
}

function loadConfig(env: NodeJS.ProcessEnv): ReturnType<typeof loadClientConnectConfig> {
  try {
    return loadClientConnectConfig({ overrideEnvVars: stringsOf(env) });
  } catch (error) {
    throw new SyncError('runtime.temporal_unreachable', {
      message: `Temporal's configuration cannot be used: ${error instanceof Error ? error.message : String(error)}. Correct TEMPORAL_PROFILE, TEMPORAL_CONFIG_FILE or the file they name`,
      cause: error,
    });
  }
}

type EncodedTls = Exclude<NonNullable<TemporalConnect['tls']>, boolean>;

/** The SDK leaves keys with the value undefined. */
interface LooseTls {
  readonly serverNameOverride?: string | undefined;
  readonly serverRootCACertificate?: Uint8Array | undefined;
  readonly clientCertPair?: { readonly crt: Uint8Array; readonly key: Uint8Array } | undefined;
}

function encodeTls(tls: LooseTls): EncodedTls {
  const { serverNameOverride, serverRootCACertificate: root, clientCertPair: pair } = tls;
  return {
    ...(serverNameOverride === undefined ? {} : { serverNameOverride }),
    ...(root === undefined ? {} : { serverRootCACertificate: toBase64(root) }),
    ...(pair === undefined ? {} : { clientCertPair: { crt: toBase64(pair.crt), key: toBase64(pair.key) } }),
  };
}

function decodeTls(tls: EncodedTls): TlsConfig {
  const { serverNameOverride, serverRootCACertificate: root, clientCertPair: pair } = tls;
  return {
    ...(serverNameOverride === undefined ? {} : { serverNameOverride }),
    ...(root === undefined ? {} : { serverRootCACertificate: Buffer.from(root, 'base64') }),
    ...(pair === undefined
      ? {}
      : { clientCertPair: { crt: Buffer.from(pair.crt, 'base64'), key: Buffer.from(pair.key, 'base64') } }),
  };
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function stringsOf(record: Readonly<Record<string, unknown>>): Record<string, string> {
  const pairs = Object.entries(record).filter((pair): pair is [string, string] => typeof pair[1] === 'string');
  return Object.fromEntries(pairs);
}
