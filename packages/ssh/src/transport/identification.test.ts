import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SshError } from '../ssh-error.ts';
import { Prelude, readIdentification } from './identification.ts';

function read(text: string, bannerAllowed = true) {
  const found = readIdentification(Buffer.from(text, 'latin1'), bannerAllowed);
  return found && { line: found.line, rest: Buffer.from(found.rest).toString('latin1') };
}

describe('readIdentification', () => {
  it('finds the line, with CR LF or LF, and what follows it', () => {
    assert.deepEqual(read('SSH-2.0-OpenSSH_9.2p1 Debian\r\nrest'), {
      line: 'SSH-2.0-OpenSSH_9.2p1 Debian',
      rest: 'rest',
    });
    assert.deepEqual(read('SSH-2.0-x\n'), { line: 'SSH-2.0-x', rest: '' });
    assert.deepEqual(read('SSH-1.99-old\r\n'), { line: 'SSH-1.99-old', rest: '' });
  });

  it('waits for the end of the line', () => {
    for (const text of ['', 'S', 'SSH-', 'SSH-2.0-x', 'SSH-2.0-x\r']) assert.equal(read(text), undefined);
    assert.equal(read('', false), undefined);
  });

  it('passes over lines that a server sends first, but a client may not', () => {
    assert.deepEqual(read('Welcome\r\n\r\nSSH\nSSH-2.0-x\r\n')?.line, 'SSH-2.0-x');
    assert.throws(() => read('Welcome\r\nSSH-2.0-x\r\n', false), {
      code: 'protocolError',
      message: 'Cannot read identification: found "Welcome\\r\\n", "SSH-2.0-" expected',
    });
    assert.throws(() => read('G', false), { code: 'protocolError' });
  });

  it('refuses other versions, and what is no version', () => {
    for (const version of ['1.5', '1.3', '2.1', '3.0', '1.999'])
      assert.throws(() => read(`SSH-${version}-x\r\n`), { code: 'versionNotSupported' });
    for (const line of [
      'SSH-2.0\r\n',
      'SSH-2.0-\r\n',
      'SSH-two-x\r\n',
      'SSH-2.0-\0x\r\n',
      'SSH-2.0-x\x1b[2J\r\n',
    ])
      assert.throws(() => read(line), { code: 'protocolError' });
  });

  it('has limits: 255 bytes for the line, 1024 lines and 64 KiB before it', () => {
    assert.equal(read(`SSH-2.0-${'x'.repeat(245)}\r\n`)?.line.length, 253);
    assert.throws(() => read(`SSH-2.0-${'x'.repeat(246)}\r\n`), { code: 'protocolError' });
    assert.throws(() => read(`SSH-2.0-${'x'.repeat(300)}`), { code: 'protocolError' });
    assert.equal(read(`${'\n'.repeat(1000)}SSH-2.0-x\n`)?.line, 'SSH-2.0-x');
    assert.throws(() => read('\n'.repeat(1100)), { code: 'protocolError' });
    assert.throws(() => read('x'.repeat(70_000)), { code: 'protocolError' });
  });

  it('looks at each byte once: 64 KiB in single bytes are no more work than at once', () => {
    const prelude = new Prelude(true);
    const line = Buffer.from(`${'x'.repeat(63)}\n`);
    for (let at = 0; at < 65_536; at += 1)
      assert.equal(prelude.take(line.subarray(at % 64, (at % 64) + 1)), undefined);
    assert.equal(prelude.lastLine, 'x'.repeat(63));
    assert.throws(() => prelude.take(line.subarray(0, 1)), { code: 'protocolError' });
  });

  it('gives the same however the bytes come, or SshError', () => {
    const text = fc.oneof(
      fc.string({ maxLength: 60 }),
      fc.constantFrom('SSH-', 'SSH-2.0-x\r\n', 'SSH-1.5-y\n', 'a line\r\n', '\n'),
    );
    const input = fc.array(text, { maxLength: 6 }).map((parts) => Buffer.from(parts.join('')));
    fc.assert(
      fc.property(input, fc.boolean(), fc.integer({ min: 1, max: 9 }), (bytes, isClient, step) => {
        const whole = attempt(() => readIdentification(bytes, isClient));
        const prelude = new Prelude(isClient);
        let pieces: ReturnType<typeof attempt>;
        let taken = 0;
        while (taken < bytes.length && pieces === undefined) {
          const piece = bytes.subarray(taken, taken + step);
          taken += piece.length;
          pieces = attempt(() => prelude.take(piece));
        }
        assert.deepEqual(typeof pieces, typeof whole);
        if (whole === undefined || typeof whole === 'string') return;
        assert.ok(pieces !== undefined && typeof pieces !== 'string');
        assert.equal(pieces.line, whole.line);
        const rest = Buffer.concat([pieces.rest, bytes.subarray(taken)]);
        assert.deepEqual(rest, Buffer.from(whole.rest));
      }),
      { numRuns: 1000 },
    );
  });
});

/** What it gives, or the code of its error. */
function attempt(action: () => ReturnType<typeof readIdentification>) {
  try {
    return action();
  } catch (error) {
    assert.ok(error instanceof SshError);
    return error.code;
  }
}
