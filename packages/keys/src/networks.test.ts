import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isInNetwork, parseAddress, parseNetwork } from './networks.ts';

test('parseAddress reads IPv4 and IPv6, and takes IPv4 in IPv6 for IPv4', () => {
  const hex = (text: string): string | undefined => parseAddress(text)?.toHex();
  assert.equal(hex('192.0.2.7'), 'c0000207');
  assert.equal(hex('::ffff:192.0.2.7'), 'c0000207');
  assert.equal(hex('2001:db8::1'), '20010db8000000000000000000000001');
  assert.equal(hex('fe80::1%eth0'), 'fe800000000000000000000000000001');
  for (const text of ['', '192.0.2', '192.0.2.256', '1::2::3', '12345::', ':', 'host'])
    assert.equal(hex(text), undefined, text);
});

test('parseNetwork refuses bits behind its mask, and leaves what is no address', () => {
  const network = parseNetwork('192.0.2.0/24');
  assert.ok(network !== undefined && network !== 'invalid');
  assert.equal(isInNetwork(Uint8Array.of(192, 0, 2, 255), network), true);
  assert.equal(isInNetwork(Uint8Array.of(192, 0, 3, 0), network), false);
  assert.equal(parseNetwork('192.0.2.1/24'), 'invalid');
  assert.equal(parseNetwork('192.0.2.0/33'), 'invalid');
  assert.equal(parseNetwork('host.example'), undefined);
});
