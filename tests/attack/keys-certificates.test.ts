// Certificates that a CA should not have signed, or did not: read and judged by the library, and by a naive one.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FormatError, Reader, Writer, concat, utf8 } from '@orrery/bytes';
import {
  CertificateError,
  type CertificateUse,
  type KeySigner,
  checkCertificate,
  keySigner,
  parseCertificate,
  verifySignature,
} from '@orrery/keys';

const ca = keySigner('ssh-ed25519', new Uint8Array(32).fill(1));
const user = keySigner('ssh-ed25519', new Uint8Array(32).fill(2));
const other = keySigner('ecdsa-sha2-nistp256', new Uint8Array(32).fill(3));
const TYPE = 'ssh-ed25519-cert-v01@openssh.com';
const NOW = 1_700_000_000_000;
const use: CertificateUse = { type: 'user', principal: 'alice', time: NOW, caAlgorithms: ['ssh-ed25519'] };

type Option = readonly [name: string, data: Uint8Array];

interface Crafted {
  readonly kind?: number;
  readonly keyId?: string;
  readonly principals?: readonly string[];
  readonly criticalOptions?: readonly Option[];
  readonly extensions?: readonly Option[];
  readonly caKey?: Uint8Array;
  readonly signer?: KeySigner;
}

/** A certificate with what is given, right or not, whose signature verifies. */
async function craft(crafted: Crafted = {}): Promise<Uint8Array> {
  const { kind = 1, principals = ['alice'], criticalOptions = [], extensions = [], signer = ca } = crafted;
  const strings = new Writer();
  for (const principal of principals) strings.text(principal);
  const signed = new Writer()
    .text(TYPE)
    .string(new Uint8Array(32))
    .bytes(user.publicKey.subarray(15))
    .uint64(0n)
    .uint32(kind)
    .text(crafted.keyId ?? 'an id')
    .string(strings.finish())
    .uint64(0n)
    .uint64(2n ** 64n - 1n)
    .string(options(criticalOptions))
    .string(options(extensions))
    .text('')
    .string(crafted.caKey ?? signer.publicKey)
    .finish();
  const signature = await signer.sign(signed, signer.algorithms[0] ?? '');
  return new Writer().bytes(signed).string(signature).finish();
}

function options(list: readonly Option[]): Uint8Array {
  const writer = new Writer();
  for (const [name, data] of list) writer.text(name).string(data);
  return writer.finish();
}

/** The code of the refusal; `format` if it was not even read, undefined if there was none. */
function refusal(blob: Uint8Array, used: Partial<CertificateUse> = {}): string | undefined {
  try {
    checkCertificate(parseCertificate(blob), { ...use, ...used });
    return undefined;
  } catch (error) {
    if (error instanceof CertificateError) return error.code;
    assert.ok(error instanceof FormatError, String(error));
    return 'format';
  }
}

/** What a library makes of a certificate whose author thought of honest CAs only. Missing bytes are none. */
interface Naive {
  readonly kind: number;
  readonly principals: readonly string[];
  readonly options: ReadonlyMap<string, Uint8Array>;
  readonly caKey: Uint8Array;
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
}

function naiveRead(blob: Uint8Array): Naive {
  let at = 0;
  const bytes = (length: number): Uint8Array => {
    at += length;
    return blob.subarray(at - length, at);
  };
  const number = (): number => bytes(4).reduce((value, byte) => value * 256 + byte, 0);
  const string = (): Uint8Array => bytes(number());
  const strings = (list: Uint8Array): Uint8Array[] => {
    const reader = new Reader(list);
    const all: Uint8Array[] = [];
    while (reader.remaining > 0) all.push(reader.string(reader.remaining));
    return all;
  };
  for (let count = 0; count < 3; count += 1) string();
  at += 8;
  const kind = number();
  string();
  const principals = strings(string()).map((name) => new TextDecoder().decode(name));
  at += 16;
  const pairs = strings(string());
  const named = pairs.flatMap((name, index) =>
    index % 2 === 0 ? [[new TextDecoder().decode(name), pairs[index + 1] ?? name] as const] : [],
  );
  string();
  string();
  const caKey = string();
  const signed = blob.subarray(0, at);
  return { kind, principals, options: new Map(named), caKey, signed, signature: string() };
}

/** Trusts a CA by its key, or a chain that ends there; names of algorithms are what the signature says. */
function naiveVerify({ caKey, signed, signature }: Naive, trusted: Uint8Array): boolean {
  const reader = new Reader(caKey);
  const isChained = reader.text(64) === TYPE;
  const key = isChained
    ? concat(new Writer().text('ssh-ed25519').finish(), (reader.string(64), reader.bytes(36)))
    : caKey;
  const isTrusted = isChained ? naiveVerify(naiveRead(caKey), trusted) : caKey.toHex() === trusted.toHex();
  return isTrusted && verifySignature(key, new Reader(signature).text(64), signed, signature);
}

/** Whether a naive library lets a user in. */
function naiveAccepts(blob: Uint8Array, name: string, trusted = ca.publicKey): boolean {
  const read = naiveRead(blob);
  const isNamed =
    read.principals.length === 0 ||
    read.principals.some((principal) => principal === '*' || principal === name);
  return isNamed && naiveVerify(read, trusted);
}

describe('a certificate', () => {
  it('with nothing wrong is taken by both', async () => {
    const blob = await craft();
    assert.equal(refusal(blob), undefined);
    assert.equal(naiveAccepts(blob, 'alice'), true);
  });

  it('cannot make its owner a CA', async () => {
    const blob = await craft({ caKey: await craft(), principals: ['root'], signer: user });
    assert.equal(naiveAccepts(blob, 'root'), true);
    assert.equal(refusal(blob, { principal: 'root' }), 'format');
  });

  it('of a host does not log in a user, nor that of a user prove a host', async () => {
    const ofHost = await craft({ kind: 2 });
    assert.equal(naiveAccepts(ofHost, 'alice'), true);
    assert.equal(refusal(ofHost), 'type');
    assert.equal(refusal(await craft(), { type: 'host' }), 'type');
    assert.equal(refusal(await craft({ kind: 3 })), 'format');
  });

  it('without principals, or with a pattern in place of a user, is nobody', async () => {
    for (const [principals, code] of [
      [[], 'no-principals'],
      [['*'], 'principal'],
    ] as const) {
      const blob = await craft({ principals });
      assert.equal(naiveAccepts(blob, 'root'), true);
      assert.equal(refusal(blob, { principal: 'root' }), code);
    }
    assert.equal(refusal(await craft({ kind: 2, principals: [] }), { type: 'host' }), 'no-principals');
  });

  it('with a NUL in its key id or an option, where programs stop reading, is not read, or refused', async () => {
    assert.equal(refusal(await craft({ keyId: 'good\0bad' })), 'format');
    assert.equal(refusal(await craft({ extensions: [['permit-pty\0', new Uint8Array()]] })), 'format');
    const forced = (command: string): Promise<Uint8Array> =>
      craft({ criticalOptions: [['force-command', new Writer().text(command).finish()]] });
    assert.equal(refusal(await forced('ls')), undefined);
    assert.equal(refusal(await forced('sh\0 -c ls')), 'critical-option');
  });

  it('with 257 principals, or a NUL in one, is not read', async () => {
    const many = Array.from({ length: 257 }, () => 'alice');
    assert.equal(naiveAccepts(await craft({ principals: many }), 'alice'), true);
    assert.equal(refusal(await craft({ principals: many })), 'format');
    assert.equal(refusal(await craft({ principals: many.slice(1) })), undefined);
    assert.equal(refusal(await craft({ principals: ['alice\0bob', 'alice'] })), 'format');
  });

  it('with options that are repeated or not sorted is not read', async () => {
    const text = (value: string): Uint8Array => new Writer().text(value).finish();
    const twice = [
      ['force-command', text('harmless')],
      ['force-command', text('sh')],
    ] as const;
    const blob = await craft({ criticalOptions: twice });
    assert.deepEqual(naiveRead(blob).options.get('force-command'), text('sh'));
    assert.equal(refusal(blob), 'format');
    const unsorted = [
      ['source-address', text('192.0.2.1')],
      ['force-command', text('ls')],
    ] as const;
    assert.equal(refusal(await craft({ criticalOptions: unsorted })), 'format');
    const flags = ['permit-pty', 'permit-pty'].map((name) => [name, new Uint8Array()] as const);
    assert.equal(refusal(await craft({ extensions: flags })), 'format');
  });

  it('with a critical option that is not known, or cut, is refused', async () => {
    const lookalike = await craft({
      criticalOptions: [['force-commands', new Writer().text('ls').finish()]],
    });
    assert.equal(naiveAccepts(lookalike, 'alice'), true);
    assert.equal(refusal(lookalike), 'critical-option');
    assert.equal(
      refusal(await craft({ criticalOptions: [['force-command', utf8('ls')]] })),
      'critical-option',
    );
  });

  it('with a signature by an algorithm that the policy does not have is refused', async () => {
    const blob = await craft({ signer: other });
    assert.equal(naiveAccepts(blob, 'alice', other.publicKey), true);
    assert.equal(refusal(blob), 'signature');
    assert.equal(refusal(blob, { caAlgorithms: ['ecdsa-sha2-nistp256'] }), undefined);
  });

  it('that names a CA which did not sign it is refused', async () => {
    const blob = await craft({ caKey: ca.publicKey, signer: user });
    assert.equal(naiveRead(blob).caKey.toHex(), ca.publicKey.toHex());
    assert.equal(refusal(blob), 'signature');
  });

  it('with a wrong length anywhere is not read', async () => {
    const blob = await craft({ criticalOptions: [['force-command', new Writer().text('ls').finish()]] });
    assert.equal(naiveRead(blob.subarray(0, -1)).principals[0], 'alice');
    for (let length = 0; length < blob.length; length += 1)
      assert.equal(refusal(blob.subarray(0, length)), 'format', `cut to ${length}`);
    assert.equal(refusal(concat(blob, Uint8Array.of(0))), 'format');
    assert.equal(naiveAccepts(concat(blob, Uint8Array.of(0)), 'alice'), true);
    for (const at of blob.keys()) {
      const changed = blob.slice();
      changed[at] = (changed[at] ?? 0) ^ 0x80;
      assert.ok(['format', 'signature'].includes(refusal(changed) ?? ''), `changed at ${at}`);
    }
  });
});
