import { parsePublicKeyLine } from '@orrery/keys';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomArt } from './random-art.ts';

const key = parsePublicKeyLine(
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILC9RGeTU4DKLxWN4tKPXB6n9IZbxE7h/1S9vf594eon',
);

test('randomArt draws what ssh-keygen -lv does', () => {
  assert.equal(
    randomArt(key, 'sha256'),
    `+--[ED25519 256]--+
|         ...=O%=.|
|         ..oo*.* |
|          +.+.= .|
|         o =.+.  |
|        S = +oo  |
|         o.*o..  |
|         +==.=   |
|        . =.* o  |
|         .Eo o   |
+----[SHA256]-----+`,
  );
});

test('randomArt leaves the bits out of a title that is too long', () => {
  const [top] = randomArt({ ...key, type: 'ssh-mldsa44-ed25519' }, 'sha256').split('\n');
  assert.equal(top, '+[MLDSA44-ED25519-+');
});
