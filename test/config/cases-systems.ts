// Mistakes in `systems` and `receiver`.

import type { Case } from './cases.ts';

/** Before the connections, so that lines are easily counted: `systems` is line 2. */
function systems(...lines: readonly string[]): readonly [string, string] {
  return ['connections:', `${lines.join('\n')}\nconnections:`];
}

const SIGNED = 'authentication: { kind: standard_webhooks, secrets: ["${env:S}"] }';

export const SYSTEMS: readonly Case[] = [
  {
    title: 'a system that is right',
    tributary: systems('systems:', `  erp: { ${SIGNED}, streams: { customers: { id: { path: id } } }, rate: 50 }`),
    sync: ['to: account', 'to: account\nwhen: { events: true }'],
    expected: [],
  },
  {
    title: 'several ways',
    tributary: systems(
      'systems:',
      '  erp:',
      '    authentication:',
      '      - { kind: standard_webhooks, secrets: ["${env:S}", "${file:old}"] }',
      `      - { kind: api_key, keys: ["sha256:${'0a'.repeat(32)}"] }`,
    ),
    expected: [],
  },
  {
    title: 'a system that is no connection',
    tributary: systems('systems:', `  erpp: { ${SIGNED} }`),
    expected: ['tributary.yaml:3:3  expected a connection (erp, oa, crm); found `erpp` [erp]'],
  },
  {
    title: 'no authentication',
    tributary: systems('systems:', '  erp: {}'),
    expected: ['tributary.yaml:3:3  `authentication` is required: expected a map with `kind`, or a list of them'],
  },
  {
    title: 'an unknown kind',
    tributary: systems('systems:', '  erp: { authentication: { kind: hmacs, secrets: ["${env:S}"] } }'),
    expected: ['tributary.yaml:3:34  expected one of standard_webhooks, hmac, api_key, lark; found `hmacs` [hmac]'],
  },
  {
    title: 'a key that another kind has',
    tributary: systems('systems:', '  erp: { authentication: { kind: lark, secrets: ["${env:S}"], header: x } }'),
    expected: ['tributary.yaml:3:63  unknown key `header`'],
  },
  {
    title: 'secrets and keys as they are',
    tributary: systems(
      'systems:',
      '  erp:',
      '    authentication:',
      '      - { kind: standard_webhooks, secrets: [c2VjcmV0] }',
      '      - { kind: api_key, keys: [key] }',
    ),
    expected: [
      'tributary.yaml:5:46  expected a reference to the secret such as ${env:NAME}',
      'tributary.yaml:6:33  expected a reference to the secret such as ${env:NAME}, or its digest as sha256: and 64 hexadecimal digits',
    ],
  },
  {
    title: 'a reference that is none, and one where none may be',
    tributary: systems('systems:', '  erp: { authentication: { kind: api_key, keys: ["${S}"], header: "${env:H}" } }'),
    expected: [
      'tributary.yaml:3:50  expected ${env:NAME}, ${env:NAME:-default} or ${file:PATH}',
      'tributary.yaml:3:67  expected the name of a header; found `${env:H}`',
      'tributary.yaml:3:67  references are allowed in connections, notify and the authentication of systems only; found `${`',
    ],
  },
  {
    title: 'an address that nobody knows',
    tributary: systems(
      'systems:',
      '  erp: { authentication: { kind: hmac, secrets: ["${env:S}"], header: x, signed: "{url}{body}" } }',
    ),
    expected: ['tributary.yaml:3:82  `{url}` needs `receiver.public_url`: the address that senders sign'],
  },
  {
    title: 'a stream whose name cannot stand in an address',
    tributary: systems('systems:', `  erp: { ${SIGNED}, streams: { "a/b": {} } }`),
    expected: ['tributary.yaml:3:89  expected lower-case letters, digits, `-` and `_`; found `a/b`'],
  },
  {
    title: 'a stream that no sync takes',
    tributary: systems('systems:', `  erp: { ${SIGNED}, streams: { custmers: {} } }`),
    sync: ['to: account', 'to: account\nwhen: { events: true }'],
    expected: [
      'tributary.yaml:3:89  expected a stream that a sync takes the events of (`when.events`) (customers); found `custmers` [customers]',
    ],
  },
  {
    title: 'an id that stands in two places',
    tributary: systems('systems:', `  erp: { ${SIGNED}, streams: { customers: { id: { header: h, path: p } } } }`),
    sync: ['to: account', 'to: account\nwhen: { events: true }'],
    expected: ['tributary.yaml:3:106  expected { header: NAME } or { path: PATH }; found a map'],
  },
  {
    title: 'a port and an address that are none',
    tributary: systems('receiver: { port: 0, public_url: "https://sync.example/x" }'),
    expected: [
      'tributary.yaml:2:19  expected at least 1; found `0`',
      'tributary.yaml:2:34  expected an address without a path, such as https://sync.example.com; found `https://sync.example/x`',
    ],
  },
];
