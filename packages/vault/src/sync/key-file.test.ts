import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { utf8 } from '@orrery/bytes';
import { temporaryFolder } from '../../testing/machine.ts';
import { isKeyFile, readPublicKey } from './key-file.ts';

const LINE = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl';

describe('isKeyFile', () => {
  const folder = temporaryFolder();
  const kinds: readonly (readonly [type: string, ...flags: readonly string[]])[] = [
    ['ed25519'],
    ['rsa', '-m', 'PEM'],
    ['rsa', '-m', 'PKCS8', '-N', 'secret'],
    ['ecdsa', '-m', 'PEM', '-N', 'secret'],
  ];
  for (const [type, ...flags] of kinds)
    it(`takes what ssh-keygen makes of ${type} ${flags.join(' ')} for keys, and nothing around them`, () => {
      const path = join(folder, `${type}${flags.join('')}`);
      const passphrase = flags.includes('-N') ? [] : ['-N', ''];
      execFileSync('ssh-keygen', ['-q', '-t', type, ...passphrase, ...flags, '-C', 'a@b', '-f', path]);
      for (const end of ['', '.pub']) {
        const key = readFileSync(`${path}${end}`, 'utf8');
        assert.ok(isKeyFile(utf8(key)), key);
        assert.ok(isKeyFile(utf8(key.replaceAll('\n', '\r\n'))));
        for (const more of [`${key}touch x\n`, `touch x\n${key}`, key.replace('\n', '\n$(touch x)\n')])
          assert.ok(!isKeyFile(utf8(more)), more);
      }
    });

  it('does not take a public key for one whose comment a shell would obey', () => {
    assert.ok(isKeyFile(utf8(`${LINE} Älice@host-1.example\n`)));
    for (const comment of [
      'a; touch x',
      '$(touch x)',
      '`touch x`',
      'a & b',
      'a | b',
      "a'",
      '>x',
      'a\\',
      'a\ntouch x',
    ])
      assert.ok(!isKeyFile(utf8(`${LINE} ${comment}\n`)), comment);
  });

  it('does not take other texts for keys', () => {
    for (const text of ['', '\n', 'touch x\n', '#!/bin/sh\n', `command="x" ${LINE}\n`, `${LINE}\n${LINE}\n`])
      assert.ok(!isKeyFile(utf8(text)), text);
  });
});

describe('readPublicKey', () => {
  it('reads one line, and nothing that is too long', () => {
    assert.equal(readPublicKey(utf8(`${LINE} a\n`))?.type, 'ssh-ed25519');
    assert.equal(readPublicKey(utf8(`${LINE} ${'a'.repeat(1 << 18)}\n`)), undefined);
  });
});
