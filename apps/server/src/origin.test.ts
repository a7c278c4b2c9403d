import fc from 'fast-check';
import assert from 'node:assert/strict';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { test } from 'node:test';
import {
  claimedOrigins,
  clientAddress,
  isLoopback,
  loopbackOrigins,
  normalOrigin,
  siteOf,
} from './origin.ts';

function from(remoteAddress: string, headers: Record<string, string> = {}): IncomingMessage {
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: remoteAddress });
  const incoming = new IncomingMessage(socket);
  Object.assign(incoming.headers, headers);
  return incoming;
}

test('normalOrigin gives the normal form of http and https origins alone', () => {
  assert.equal(normalOrigin('HTTPS://Example.COM:443/path?x'), 'https://example.com');
  assert.equal(normalOrigin('http://[0:0::1]:080'), 'http://[::1]');
  for (const text of ['', 'example.com', 'ftp://example.com', 'file:///x', 'http://', 'null'])
    assert.equal(normalOrigin(text), undefined, text);
});

test('loopbackOrigins names a loopback server in three ways', () => {
  assert.deepEqual(loopbackOrigins('http', 3000), [
    'http://127.0.0.1:3000',
    'http://localhost:3000',
    'http://[::1]:3000',
  ]);
  assert.deepEqual(loopbackOrigins('https', 443), [
    'https://127.0.0.1',
    'https://localhost',
    'https://[::1]',
  ]);
});

test('isLoopback knows the addresses of this machine', () => {
  for (const address of ['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1', 'localhost'])
    assert.ok(isLoopback(address));
  for (const address of ['', '128.0.0.1', '::2', '127.evil.example', '0.0.0.0', '::'])
    assert.ok(!isLoopback(address));
});

test('claimedOrigins believes forwarding headers only behind a proxy', () => {
  const incoming = from('192.0.2.1', {
    host: 'a.example:81',
    'x-forwarded-host': 'evil, b.example',
    'x-forwarded-proto': 'https',
  });
  assert.deepEqual(claimedOrigins(incoming, 'http', false), ['http://a.example:81']);
  assert.deepEqual(claimedOrigins(incoming, 'http', true), ['https://b.example']);
  assert.deepEqual(claimedOrigins(from('192.0.2.1', { host: 'a b' }), 'http', false), []);
  assert.deepEqual(claimedOrigins(from('192.0.2.1'), 'http', false), []);
});

test('clientAddress counts IPv4 by address and IPv6 by network', () => {
  const addresses: readonly (readonly [string, string])[] = [
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:0'],
    ['2001:db8:1:2ff::6', '2001:db8:1:200'],
    ['2001:0DB8:0001:fe00::', '2001:db8:1:fe00'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
  ];
  for (const [address, expected] of addresses) assert.equal(clientAddress(from(address), false), expected);
});

test('siteOf gives the /48 of IPv6 alone', () => {
  assert.equal(siteOf(clientAddress(from('2001:db8:1:2:3:4:5:6'), false)), '2001:db8:1/48');
  assert.equal(siteOf(clientAddress(from('192.0.2.1'), false)), undefined);
});

test('clientAddress believes the last X-Forwarded-For, and only behind a proxy', () => {
  const headers = { 'x-forwarded-for': '10.0.0.1, 198.51.100.7' };
  assert.equal(clientAddress(from('192.0.2.1', headers), false), '192.0.2.1');
  assert.equal(clientAddress(from('192.0.2.1', headers), true), '198.51.100.7');
  assert.equal(clientAddress(from('192.0.2.1'), true), '192.0.2.1');
});

test('clientAddress gives a short key for any header', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 300 }), (header) => {
      assert.ok(clientAddress(from('192.0.2.1', { 'x-forwarded-for': header }), true).length <= 80);
    }),
  );
});
