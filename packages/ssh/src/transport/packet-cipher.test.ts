import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concat } from '@orrery/bytes';
import { aes128Gcm, aes256Gcm } from './aes-gcm.ts';
import { chacha20Poly1305 } from './chacha20-poly1305.ts';
import type { PacketCipher } from './packet-cipher.ts';

const packet = Uint8Array.of(0, 0, 0, 16, 4, ...Array.from({ length: 15 }, (_, at) => at));

function keysOf({ keyLength, ivLength }: PacketCipher) {
  const filled = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => at);
  return { key: filled(keyLength), iv: filled(ivLength), macKey: new Uint8Array() };
}

for (const [name, cipher] of Object.entries({ aes128Gcm, aes256Gcm, chacha20Poly1305 }))
  test(`${name} seals and opens the same whether or not it was prepared, also where the connection is moved`, () => {
    const keys = keysOf(cipher);
    const [plain, prepared] = [cipher.sealer(keys), cipher.sealer(keys)];
    let opener = cipher.opener(keys);
    for (const sequence of [7, 8, 9]) {
      prepared.prepare?.(sequence);
      prepared.prepare?.(sequence);
      assert.deepEqual(prepared.iv(), plain.iv());
      const sealed = concat(...prepared.seal(packet, sequence));
      assert.deepEqual(sealed, concat(...plain.seal(packet, sequence)));
      opener.prepare?.(sequence);
      opener = cipher.opener({ ...keys, iv: opener.iv() });
      opener.prepare?.(sequence);
      assert.equal(opener.readLength(sealed.slice(0, 4), sequence), 16);
      assert.deepEqual(opener.open(sealed, sequence), packet.slice(4));
    }
  });

test('aes256Gcm counts the invocations in 64 bits, which begin anew after the last', () => {
  const keys = { ...keysOf(aes256Gcm), iv: Uint8Array.of(1, 2, 3, 4, ...Array<number>(8).fill(0xff)) };
  const sealer = aes256Gcm.sealer(keys);
  sealer.seal(packet, 0);
  assert.deepEqual(sealer.iv(), Uint8Array.of(1, 2, 3, 4, ...Array<number>(8).fill(0)));
});
