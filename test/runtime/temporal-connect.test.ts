import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectionOptions, givenCluster, TEMPORAL_CONNECT } from '../../src/runtime/temporal-connect.ts';
import { isBefore } from '../../src/runtime/temporal-namespace.ts';

let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'tributary-connect-'));
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

const none = () => ({ HOME: root, XDG_CONFIG_HOME: root, TEMPORAL_CONFIG_FILE: join(root, 'none.toml') });

test('no address in the environment or a profile means no given cluster', () => {
  expect(givenCluster(none())).toBeUndefined();
  expect(givenCluster({ ...none(), TEMPORAL_NAMESPACE: 'crm' })).toBeUndefined();
});

test('an address alone is a cluster without credentials, namespace default', () => {
  expect(givenCluster({ ...none(), TEMPORAL_ADDRESS: 'temporal:7233' })).toEqual({
    address: 'temporal:7233',
    namespace: 'default',
  });
});

test('certificates survive the way through JSON to a worker process', () => {
  const crt = join(root, 'client.pem');
  const key = join(root, 'client.key');
  writeFileSync(crt, 'certificate é');
  writeFileSync(key, 'key');
  const env = {
    ...none(),
    TEMPORAL_ADDRESS: 'eu.tmprl.cloud:7233',
    TEMPORAL_NAMESPACE: 'crm.acct',
    TEMPORAL_API_KEY: 'secret',
    TEMPORAL_TLS_CLIENT_CERT_PATH: crt,
    TEMPORAL_TLS_CLIENT_KEY_PATH: key,
    TEMPORAL_TLS_SERVER_NAME: 'crm.acct.tmprl.cloud',
  };
  const connect = TEMPORAL_CONNECT.parse(JSON.parse(JSON.stringify(givenCluster(env))));
  expect(connect).toMatchObject({ address: 'eu.tmprl.cloud:7233', namespace: 'crm.acct' });
  expect(connectionOptions(connect)).toEqual({
    address: 'eu.tmprl.cloud:7233',
    apiKey: 'secret',
    tls: {
      serverNameOverride: 'crm.acct.tmprl.cloud',
      clientCertPair: { crt: Buffer.from('certificate é'), key: Buffer.from('key') },
    },
  });
});

test('a profile of Temporal’s configuration file names the cluster', () => {
  const file = join(root, 'temporal.toml');
  writeFileSync(file, '[profile.prod]\naddress = "prod:7233"\nnamespace = "crm"\n');
  expect(givenCluster({ HOME: root, TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'prod' })).toEqual({
    address: 'prod:7233',
    namespace: 'crm',
  });
});

test('a profile that does not exist is an error that says what to correct', () => {
  expect(() => givenCluster({ ...none(), TEMPORAL_PROFILE: 'prod' })).toThrow(/Correct TEMPORAL_PROFILE/);
});

test.each([
  ['1.29.1', true],
  ['1.30.3', true],
  ['1.30.4', false],
  ['1.32.0-rc.1', false],
  ['v2.0.0', false],
  ['', false],
  [undefined, false],
])('server version %s is before 1.30.4: %s', (version, expected) => {
  expect(isBefore(version, [1, 30, 4])).toBe(expected);
});
