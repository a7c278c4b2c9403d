import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { allowsHost, matchAddressList } from './addresses.ts';

test('matchAddressList compares networks, addresses and patterns', () => {
  const cases = [
    ['192.0.2.7', '192.0.2.0/24', 'match'],
    ['192.0.3.7', '192.0.2.0/24', 'none'],
    ['192.0.2.7', '192.0.2.?', 'match'],
    ['192.0.2.7', '*,!192.0.2.7', 'negated'],
    ['192.0.2.7', '!192.0.2.0/25,192.0.2.0/24', 'negated'],
    ['192.0.2.200', '!192.0.2.0/25,192.0.2.0/24', 'match'],
    ['2001:db8::1', '2001:db8::/32', 'match'],
    ['2001:db9::1', '2001:db8::/32', 'none'],
    ['::1', '0:0:0:0:0:0:0:1', 'match'],
    ['::ffff:192.0.2.7', '192.0.2.7', 'match'],
    ['fe80::1%eth0', 'fe80::/10', 'match'],
    ['192.0.2.7', 'host.example', 'none'],
    ['UNKNOWN', '*', 'none'],
  ] as const;
  for (const [address, list, expected] of cases)
    assert.equal(matchAddressList(address, list), expected, `${address} in ${list}`);
});

test('matchAddressList calls a list with bits outside of its mask, or an empty item, invalid', () => {
  for (const list of ['192.0.2.1/24', '192.0.2.0/33', '192.0.2.7,', '!', '', '2001:db8::1/64'])
    assert.equal(matchAddressList('192.0.2.7', list), 'invalid', list);
});

test('matchAddressList agrees with arithmetic on every network', () => {
  const address = fc.integer({ min: 0, max: 2 ** 32 - 1 });
  const text = (number: number): string => [24, 16, 8, 0].map((shift) => (number >>> shift) & 0xff).join('.');
  fc.assert(
    fc.property(address, address, fc.integer({ min: 0, max: 32 }), (own, other, bits) => {
      const size = 2 ** (32 - bits);
      const network = Math.floor(other / size) * size;
      const inside = own >= network && own < network + size;
      assert.equal(matchAddressList(text(own), `${text(network)}/${bits}`), inside ? 'match' : 'none');
    }),
  );
});

test('allowsHost takes the name or the address, unless one of them is excepted', () => {
  assert.equal(allowsHost('a.example', '192.0.2.7', '*.example'), true);
  assert.equal(allowsHost('a.example', '192.0.2.7', '192.0.2.0/24'), true);
  assert.equal(allowsHost('a.example', '192.0.2.7', '192.0.2.0/24,!*.example'), false);
  assert.equal(allowsHost('a.example', '192.0.2.7', '*.example,!192.0.2.7'), false);
  assert.equal(allowsHost('a.example', '192.0.2.7', '192.0.2.7/8'), 'invalid');
});

test('address lists of any text are decided without an error', () => {
  fc.assert(fc.property(fc.string(), fc.string(), (address, list) => void matchAddressList(address, list)));
});
