import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { namedAddress } from '#shared/adapters/aws/providers/ses/named-address.ts';

describe('the address that an event names', () => {
  const cases: [written: string, address: string][] = [
    ['ada@example.com', 'ada@example.com'],
    [' ada@example.com ', 'ada@example.com'],
    ['<ada@example.com>', 'ada@example.com'],
    ['Ada Lovelace <ada@example.com>', 'ada@example.com'],
    ['"Lovelace, Ada" <ada@example.com> ', 'ada@example.com'],
    ['rfc822;ada@example.com', 'ada@example.com'],
    ['RFC822; ada@example.com', 'ada@example.com'],
    ['rfc822 ; <ada@example.com>', 'ada@example.com'],
    ['utf-8;ada@example.com', 'ada@example.com'],
    // Its domain as we send to it: in ASCII.
    ['utf-8;user@пример.рф', 'user@xn--e1afmkfd.xn--p1ai'],
    ['utf-8; user@bu\u0308cher.example', 'user@xn--bcher-kva.example'],
    ['utf-8;user@b\\x{FC}cher.example', 'user@xn--bcher-kva.example'],
    ['user@xn--e1afmkfd.xn--p1ai', 'user@xn--e1afmkfd.xn--p1ai'],
    ['utf-8;ju\u0308rgen@example.com', 'jürgen@example.com'],
    // A text that is not an address does not change, and matches no recipient.
    ['', ''],
    ['utf-8;user@\u00ad', 'user@\u00ad'],
    ['user@1.2', 'user@1.2'],
    ['\\x{FFFFFF}@example.com', '\\x{FFFFFF}@example.com'],
  ];
  for (const [written, address] of cases) {
    it(`is ${JSON.stringify(address)} of ${JSON.stringify(written)}`, () =>
      assert.equal(namedAddress(written), address));
  }
});
