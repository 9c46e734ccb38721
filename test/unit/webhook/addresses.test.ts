import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isPublicAddress } from '#shared/adapters/aws/providers/webhook/addresses.ts';
import { urlCheck } from '#shared/adapters/aws/providers/webhook/permitted.ts';

const NOT_PUBLIC = [
  ...['0.0.0.0', '10.1.2.3', '100.64.0.1', '127.0.0.1', '127.255.255.255', '169.254.169.254', '169.254.170.2'],
  ...['172.16.0.1', '172.31.255.255', '192.0.0.1', '192.0.2.1', '192.168.1.1', '198.18.0.1', '198.51.100.1'],
  ...['203.0.113.1', '224.0.0.1', '240.0.0.1', '255.255.255.255'],
  ...['::', '::1', '::ffff:127.0.0.1', '::ffff:8.8.8.8', '::127.0.0.1', '64:ff9b::7f00:1', '100::1'],
  ...[
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1',
    'fec0::1',
    'ff02::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '3fff::1',
  ],
  ...['', 'localhost', '127.1', 'fe80::1%eth0'],
];
const PUBLIC = [
  '8.8.8.8',
  '1.1.1.1',
  '172.15.0.1',
  '172.32.0.1',
  '100.128.0.1',
  '2606:4700::1111',
  '2a00:1450:4001::1',
];

describe('an address', () => {
  it('is public, or private, reserved, link-local, mapped, translated or none', () => {
    assert.deepEqual(
      NOT_PUBLIC.filter((address) => isPublicAddress(address)),
      [],
    );
    assert.deepEqual(
      PUBLIC.filter((address) => !isPublicAddress(address)),
      [],
    );
  });
});

describe('the URL of an endpoint', () => {
  const resolving = (addresses: Record<string, string[]>, trusted: string[] = []) => {
    const check = urlCheck(trusted, async (name) => {
      const found = addresses[name];
      if (!found) throw new Error(`ENOTFOUND ${name}`);
      return found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    });
    return async (url: string): Promise<string | undefined> => (await check(url))?.code;
  };
  const names = {
    'public.example': ['8.8.8.8', '2606:4700::1111'],
    'private.example': ['10.0.0.1'],
    'mixed.example': ['8.8.8.8', '169.254.169.254'],
    'metadata.example': ['fd00:ec2::254'],
    'empty.example': [],
  };

  it('has to be https, with a name whose addresses are all public', async () => {
    const code = resolving(names);
    const codes = await Promise.all(
      [
        'https://public.example/hooks',
        'https://public.example:8443/hooks',
        'http://public.example/',
        'https://private.example/',
        'https://mixed.example/',
        'https://metadata.example/',
        'https://empty.example/',
        'https://unknown.example/',
      ].map(code),
    );
    const [none, also, ...refused] = codes;
    assert.deepEqual([none, also], [undefined, undefined]);
    assert.deepEqual(refused, ['NOT_HTTPS', 'NOT_PUBLIC', 'NOT_PUBLIC', 'NOT_PUBLIC', 'NOT_RESOLVED', 'NOT_RESOLVED']);
  });

  it('is refused for an address that is written in any form', async () => {
    const code = resolving(names);
    const written = [
      '127.0.0.1',
      '2130706433',
      '0x7f.1',
      '017700000001',
      '[::1]',
      '[::ffff:7f00:1]',
      '169.254.169.254',
    ];
    for (const host of written) assert.equal(await code(`https://${host}/`), 'NOT_PUBLIC', host);
    assert.equal(await code('https://8.8.8.8/'), undefined);
  });

  it('may be any that the stage trusts, by host or by host and port', async () => {
    const code = resolving(names, ['127.0.0.1', 'private.example:8443']);
    const urls = [
      'http://127.0.0.1:4003/hooks/a',
      'https://private.example:8443/',
      'https://private.example/',
      'http://127.0.0.2/',
    ];
    assert.deepEqual(await Promise.all(urls.map(code)), [undefined, undefined, 'NOT_PUBLIC', 'NOT_HTTPS']);
  });
});
