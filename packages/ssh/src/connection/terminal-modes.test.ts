import { FormatError } from '@orrery/bytes';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeTerminalModes, encodeTerminalModes } from './terminal-modes.ts';

describe('encodeTerminalModes', () => {
  it('writes opcodes and values and the end, as RFC 4254 has it', () => {
    assert.equal(
      encodeTerminalModes({ ECHO: 1, VINTR: 3, TTY_OP_OSPEED: 38_400 }).toHex(),
      '01000000033500000001810000960000',
    );
    assert.equal(encodeTerminalModes({}).toHex(), '00');
  });
});

describe('decodeTerminalModes', () => {
  it('reads what was written', () => {
    const modes = { VINTR: 3, IUTF8: 1, ECHO: 0, TTY_OP_ISPEED: 9600 };
    assert.deepEqual(decodeTerminalModes(encodeTerminalModes(modes)), modes);
  });

  it('leaves out modes without a name, and ends at an opcode without a form', () => {
    const bytes = Uint8Array.fromHex('7f000000013500000001a00100000003');
    assert.deepEqual(decodeTerminalModes(bytes), { ECHO: 1 });
    assert.deepEqual(decodeTerminalModes(new Uint8Array()), {});
  });

  it('refuses a value that is cut off, and nothing else', () => {
    assert.throws(() => decodeTerminalModes(Uint8Array.fromHex('35000000')), FormatError);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          decodeTerminalModes(bytes);
        } catch (error) {
          assert.ok(error instanceof FormatError);
        }
      }),
    );
  });
});
