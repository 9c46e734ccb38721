import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import type { StageSettings } from '#infra/settings.ts';
import { InvalidStage, settingsOf, validated } from '#infra/stages.ts';

/** A stage’s settings with some changes, as an operator could write them. */
type Change = (settings: StageSettings) => unknown;

function faultsOf(change: Change, stage = 'dev'): string[] {
  // The console has tests of its own, and limits the regions.
  const { console: _, ...settings } = settingsOf(stage);
  try {
    validated(stage, change(settings));
    return [];
  } catch (error) {
    assert.ok(error instanceof InvalidStage, String(error));
    return error.faults;
  }
}

const ownPool =
  (jwt: object): Change =>
  (settings) => ({ ...settings, jwt: { ...settings.jwt, ...jwt } });
const origins =
  (given: string[]): Change =>
  (settings) => ({ ...settings, api: { ...settings.api, origins: given } });
const issuer =
  (jwt: object): Change =>
  (settings) => ({
    ...settings,
    console: undefined,
    jwt: {
      kind: 'issuer',
      issuer: 'https://login.example.com',
      audience: ['shop'],
      scopePrefix: '',
      tenantClaim: 'org',
      ...jwt,
    },
  });
const email =
  (more: object): Change =>
  (settings) => ({ ...settings, email: { ...settings.email, ...more } });
const alarms =
  (...addresses: string[]): Change =>
  (settings) => ({ ...settings, alarms: { addresses } });
const smsFrom =
  (originationIdentity: string, region?: string): Change =>
  (settings) => ({
    ...settings,
    region,
    sms: { gateway: 'end-user-messaging', ratePerSecond: 1, originationIdentity },
  });
const many = (count: number, name: string): string[] => Array.from({ length: count }, (_, index) => `${name}-${index}`);
const plain =
  (more: object): Change =>
  (settings) => ({ ...settings, ...more });

const automaticRedrives =
  (more: object): Change =>
  (settings) => ({ ...settings, automaticRedrives: { ...settings.automaticRedrives, ...more } });
const timing =
  (more: object): Change =>
  (settings) => ({ ...settings, timing: { ...settings.timing, ...more } });

const callback = (url: string): Change => ownPool({ callbackUrls: [url] });

/** A setting that AWS refuses or never uses, and the expected fault. */
const REFUSED: [what: string, change: Change, pattern: RegExp][] = [
  ['a region that does not exist', plain({ region: 'us-nowhere-9' }), /region: there is no region.*like us-east-1/],
  ['a region with a typing error', plain({ region: 'eu-centrall-1' }), /region: .*use a region’s name, like eu-/],
  ['a zone', plain({ region: 'eu-central-1a' }), /region: .*eu-central-1/],
  [
    'an origination identity of a region that does not exist',
    smsFrom('arn:aws:sms-voice:us-nowhere-9:123456789012:pool/p'),
    /originationIdentity names region us-nowhere-9, which does not exist/,
  ],
  [
    'an ARN of another partition than its region’s',
    smsFrom('arn:aws-cn:sms-voice:eu-central-1:123456789012:pool/p'),
    /eu-central-1 belongs to aws;/,
  ],
  [
    'an origination identity of another region',
    smsFrom('arn:aws:sms-voice:eu-west-1:123456789012:pool/p', 'eu-central-1'),
    /is in eu-west-1, but the stage is in eu-central-1/,
  ],
  [
    'a restored table of another account',
    plain({
      account: '210987654321',
      removal: 'retain',
      adoptedTable: 'arn:aws:dynamodb:eu-central-1:123456789012:table/abc/stream/2026',
    }),
    /adoptedTable belongs to account 123456789012, and the stage to 210987654321/,
  ],
  [
    'an adopted table of another partition',
    plain({ removal: 'retain', adoptedTable: 'arn:aws-cn:dynamodb:eu-central-1:123456789012:table/abc/stream/2026' }),
    /adoptedTable begins with arn:aws-cn/,
  ],

  [
    'more shards written than read, whose rows would wait forever',
    plain({ dueShards: { outbox: { written: 16, read: 8 } } }),
    /dueShards\.outbox\.written: 16 shards would be written and only 8 read\. Raise read first/,
  ],
  [
    'fewer shards read than earlier releases have written',
    plain({ dueShards: { notification: { written: 4, read: 4 } } }),
    /dueShards\.notification\.read: must be >=8/,
  ],
  ['no shard', plain({ dueShards: { outbox: { written: 0, read: 8 } } }), /dueShards\.outbox\.written: /],
  [
    'shards of a kind that no order writes',
    plain({ dueShards: { erasure: { written: 8, read: 8 } } }),
    /dueShards\.erasure/,
  ],

  ['a callback URL without TLS', callback('http://console.shop.org/'), /callbackUrls\.0: must begin with https/],
  [
    'a callback URL of a host that only begins like localhost',
    callback('http://localhost.shop.org/'),
    /must begin with https/,
  ],
  ['a callback URL by FTP', callback('ftp://shop.org/'), /must begin with https/],
  ['a callback URL that runs a script', callback('javascript:alert(1)'), /must begin with https/],
  ['a callback URL of a scheme without a dot', callback('myapp://signed-in'), /an app’s scheme has a dot/],
  [
    'a callback URL without slashes, which a browser would complete',
    callback('https:shop.org'),
    /must begin with https/,
  ],
  ['a callback URL with a fragment', callback('https://shop.org/#signed-in'), /no fragment/],
  ['a callback URL with an empty fragment', callback('https://shop.org/#'), /no fragment/],
  ['a relative callback URL', callback('/signed-in'), /absolute URL/],
  ['a callback URL with a wildcard', callback('https://*.shop.org/'), /wildcards/],
  ['a callback URL with a password', callback('https://ada:secret@shop.org/'), /no user and password/],
  ['a callback URL that is too long', callback(`https://shop.org/${'a'.repeat(1024)}`), /at most 1024/],
  [
    'more callback URLs than a client accepts',
    ownPool({ callbackUrls: many(101, 'https://shop.org/') }),
    /at most 100/,
  ],

  [
    'more client ids than an authorizer takes',
    issuer({ clientIds: many(50, 'client') }),
    /name 51 together.*accepts 50.*aud claim/,
  ],
  ['more audiences than an authorizer accepts', issuer({ audience: many(51, 'shop') }), /name 51 together/],
  ['an issuer without TLS', issuer({ issuer: 'http://login.example.com' }), /jwt\.issuer must be an https URL/],
  ['an issuer with a query', issuer({ issuer: 'https://login.example.com/?tenant=1' }), /no query/],
  ['an issuer of this machine', issuer({ issuer: 'https://localhost:8443' }), /must be public/],
  [
    'the address of an issuer’s description',
    issuer({ issuer: 'https://login.example.com/.well-known/openid-configuration' }),
    /leave \/\.well-known/,
  ],
  ['an origin of web pages with a path', origins(['https://console.shop.org/']), /an origin without a path/],
  ['an empty list of origins', origins([]), /one origin at least/],
  ['a scope prefix with a space', issuer({ scopePrefix: 'shop api/' }), /scopePrefix: may hold/],
  [
    'a scope prefix that makes scopes too long',
    issuer({ scopePrefix: `https://${'a'.repeat(50)}.org/` }),
    /jwt\.scopePrefix: API Gateway takes scopes of 64 characters; use 50/,
  ],
  [
    'a resource server that makes scopes too long',
    ownPool({ resourceServer: 'a'.repeat(50) }),
    /jwt\.resourceServer: .*use 49 characters/,
  ],

  ['a sender that is not an address', email({ sender: 'orders' }), /email\.sender: must be an e-mail address/],
  [
    'a sender of a domain in other letters',
    email({ sender: 'orders@пример.рф', identity: 'xn--e1afmkfd.xn--p1ai' }),
    /email\.sender: .*xn--/,
  ],
  [
    'a sender with a local part of 65 characters',
    email({ sender: `${'a'.repeat(65)}@dev.shop.example` }),
    /email\.sender/,
  ],
  ['an identity with a label of 64 characters', email({ identity: `${'a'.repeat(64)}.example` }), /email\.identity/],
  ['an identity whose label ends with a hyphen', email({ identity: 'shop-.example' }), /email\.identity/],
  ['an identity in upper case', email({ identity: 'Shop.example', sender: 'orders@shop.example' }), /lower case/],
  ['an identity that is a number', email({ identity: '192.168.0.1' }), /email\.identity/],
  [
    'a recipient’s identity that is none',
    email({ recipientIdentities: ['shop.example', 'you@'] }),
    /email\.recipientIdentities\.1/,
  ],
  [
    'a rate that is no number of this world',
    email({ ratePerSecond: Number.POSITIVE_INFINITY }),
    /ratePerSecond: must be a finite/,
  ],
  ['an alarm address that is not an address', alarms('operations at shop.org'), /alarms\.addresses\.0/],
  [
    'an alarm address that is named twice',
    alarms('a@shop.org', 'b@shop.org', 'A@shop.org'),
    /A@shop\.org more than once/,
  ],

  [
    'a retention that CloudWatch does not have',
    plain({ logRetentionDays: 15 }),
    /logRetentionDays must be one of 1, 3, 5/,
  ],
  [
    'contents that are kept for longer than dates go',
    plain({ contentRetentionDays: 100_000_000 }),
    /contentRetentionDays/,
  ],
  [
    'files that are kept for longer than S3 counts',
    (settings) => ({ ...settings, attachments: { ...settings.attachments, keepDays: 3_000_000_000 } }),
    /attachments\.keepDays/,
  ],

  [
    'automatic redrives whose incidents would never have three rounds',
    automaticRedrives({ coolDownSeconds: 300, calmSeconds: 1200 }),
    /automaticRedrives\.calmSeconds must be longer .*: 1200\.$/,
  ],
  [
    'a cool-down of a day',
    automaticRedrives({ coolDownSeconds: 86_400 }),
    /automaticRedrives\.coolDownSeconds: must be/,
  ],
  ['a switch that is a text', automaticRedrives({ enabled: 'no' }), /automaticRedrives\.enabled: must be boolean/],
  [
    'a redrive that does not wait for a second try',
    timing({ redriveWaitSeconds: 180 }),
    /timing\.redriveWaitSeconds must be longer .*: 180\.$/,
  ],
  ['pauses that are never applied', timing({ pauseCheckSeconds: 0 }), /timing\.pauseCheckSeconds: must be/],

  ['a qualifier that is too long', plain({ bootstrapQualifier: 'counterfoil' }), /bootstrapQualifier: must be 1 to 10/],
  ['a qualifier that a bucket’s name cannot have', plain({ bootstrapQualifier: 'Shop_1' }), /bootstrapQualifier/],
  [
    'the ARN of a boundary',
    plain({ permissionsBoundary: 'arn:aws:iam::123456789012:policy/boundary' }),
    /permissionsBoundary: .*not its ARN/,
  ],
  ['an empty boundary', plain({ permissionsBoundary: '' }), /permissionsBoundary/],
  ['an empty owner', plain({ tags: { owner: ' ' } }), /tags\.owner: must be 1 to 256/],
  [
    'a tag with a character that not every service accepts',
    plain({ tags: { costCentre: '12#34' } }),
    /tags\.costCentre/,
  ],
  [
    'a tag of AWS’s',
    plain({ tags: { others: { 'AWS:team': 'shop' } } }),
    /tags\.others\.AWS:team: .*not begin with aws:/,
  ],
  ['a tag that the stage sets', plain({ tags: { others: { Owner: 'shop' } } }), /tags\.others\.Owner: the stage sets/],
  [
    'two tags that IAM takes for one',
    plain({ tags: { others: { team: 'a', Team: 'b' } } }),
    /tags\.others\.Team differs/,
  ],
  [
    'more tags than a resource takes',
    plain({ tags: { others: Object.fromEntries(many(47, 'tag').map((key) => [key, 'x'])) } }),
    /use 46 at most/,
  ],
];

/** Claims of RFC 7519, OpenID Connect and RFC 9068 that describe a token, and those that Cognito sets. */
const OF_TOKENS = ['iss', 'aud', 'exp', 'nbf', 'iat', 'jti', 'acr', 'amr', 'at_hash', 'auth_time', 'nonce', 'scope'];
const OF_COGNITO = [
  'sub',
  'azp',
  'client_id',
  'username',
  'identities',
  'origin_jti',
  'event_id',
  'version',
  'token_use',
  'device_key',
  'cognito:username',
  'cognito:groups',
];

/** Unusual settings that work. */
const ACCEPTED: [what: string, change: Change][] = [
  ['shards that are read before they are written', plain({ dueShards: { outbox: { written: 8, read: 32 } } })],
  ['more shards of one kind', plain({ dueShards: { notification: { written: 32, read: 32 } } })],
  ...['http://localhost:4000/', 'http://127.0.0.1/', 'http://[::1]:8080/x'].map((url): [string, Change] => [
    `a callback URL of this machine, ${url}`,
    callback(url),
  ]),
  ['a callback URL with a query', callback('https://shop.org/signed-in?from=counterfoil')],
  ['a callback URL of an app', callback('com.example.shop:/signed-in')],
  ['50 client ids', issuer({ audience: undefined, clientIds: many(50, 'client') })],
  ['an issuer with a path', issuer({ issuer: 'https://login.example.com/realms/shop' })],
  ['an issuer’s subjects as tenants', issuer({ tenantClaim: 'sub' })],
  ['a claim with a namespace', ownPool({ tenantClaim: 'https://shop.org/tenant' })],
  ['a resource server that just fits', ownPool({ resourceServer: 'a'.repeat(49) })],
  ['a sender with all the characters of an atom', email({ sender: "a!#$%&'*+/=?^_`{|}~-b@dev.shop.example" })],
  ['a domain in its xn-- form', email({ sender: 'a@xn--e1afmkfd.xn--p1ai', identity: 'xn--e1afmkfd.xn--p1ai' })],
  ['a sender whose domain is in upper case', email({ sender: 'orders@Dev.Shop.example' })],
  ['addresses that receive', email({ recipientIdentities: ['ada@example.com', 'example.org'] })],
  ['an alarm address in a domain in its xn-- form', alarms('user@xn--e1aybc.xn--p1ai')],
  ['a region of another partition', smsFrom('arn:aws-cn:sms-voice:cn-north-1:123456789012:pool/p', 'cn-north-1')],
  ['a boundary with a path', plain({ permissionsBoundary: 'team/boundary' })],
  ['all tags', plain({ tags: { owner: 'Ada Lovelace', costCentre: '12-34', others: { 'shop:team': 'größe' } } })],
];

describe('settings that cannot work', () => {
  for (const [what, change, pattern] of REFUSED) {
    it(`are refused with one sentence each: ${what}`, () => {
      const faults = faultsOf(change);
      assert.equal(faults.length, 1, faults.join('\n'));
      assert.match(faults[0] ?? '', pattern);
    });
  }

  for (const claim of [...OF_TOKENS, ...OF_COGNITO]) {
    it(`are refused with one sentence each: ${claim} as the claim of the stage’s own pool`, () => {
      const faults = faultsOf(ownPool({ tenantClaim: claim }));
      assert.equal(faults.length, 1);
      assert.match(faults[0] ?? '', /jwt\.tenantClaim: is reserved: Cognito sets it.*use another name, like "tenant"/);
    });
  }

  it('are refused as the tenant claim of an issuer if they only describe the token', () => {
    for (const claim of OF_TOKENS) {
      assert.match(faultsOf(issuer({ tenantClaim: claim })).join(), /describes the token itself/, claim);
    }
  });

  it('do not include unusual settings that work', () => {
    for (const [what, change] of ACCEPTED) assert.deepEqual(faultsOf(change), [], what);
  });

  it('do not include any existing region, but include an empty name', () => {
    for (const { name } of RegionInfo.regions) assert.deepEqual(faultsOf(plain({ region: name })), [], name);
    assert.equal(faultsOf(plain({ region: '' })).length, 1);
  });

  it('are all reported at once', () => {
    const faults = faultsOf((settings) => ({
      ...settings,
      region: 'us-nowhere-9',
      alarms: { addresses: ['a@shop.org', 'a@shop.org'] },
      jwt: {
        ...settings.jwt,
        tenantClaim: 'sub',
        callbackUrls: ['http://shop.org/', 'ftp://shop.org/', 'https://shop.org/#'],
      },
      tags: { owner: '' },
      permissionsBoundary: '',
      automaticRedrives: { enabled: true, coolDownSeconds: 600, calmSeconds: 600 },
      timing: { ...settings.timing, redriveWaitSeconds: 1, leaseSeconds: 1, pauseCheckSeconds: 60 },
    }));
    assert.equal(faults.length, 11, faults.join('\n'));
  });
});
