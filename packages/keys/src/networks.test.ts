import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isInNetwork, isInNetworkList, parseAddress, parseNetwork } from './networks.ts';

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

test('parseNetwork refuses numbers that other programs read as another address', () => {
  // inet_aton(3), by which ssh-keygen and sshd read them, has 8.0.0.1 for the first two.
  const others = ['010.0.0.1', '010.0.0.1/32', '10.0.0.01', '10.1', '10.0.1', '167772161', '0x0a.0.0.1'];
  for (const text of others) {
    assert.equal(parseNetwork(text), 'invalid', text);
    assert.equal(isInNetworkList('10.0.0.1', `10.0.0.1,${text}`), 'invalid', text);
  }
});

test('parseNetwork counts the bits of IPv4 in IPv6 as those of IPv6', () => {
  assert.equal(isInNetworkList('10.9.9.9', '::ffff:10.0.0.0/104'), true);
  assert.equal(isInNetworkList('11.0.0.0', '::ffff:10.0.0.0/104'), false);
  for (const text of ['::ffff:10.0.0.0/8', '::ffff:0.0.0.0/0', '::ffff:10.0.0.0/95'])
    assert.equal(isInNetworkList('10.0.0.1', text), 'invalid', text);
});

test('parseNetwork leaves an address of one link alone', () => {
  assert.equal(parseNetwork('fe80::1%eth0'), undefined);
  assert.equal(isInNetworkList('fe80::1', 'fe80::1%eth0'), 'invalid');
});
