// Keys, as files, lines and blobs; and signatures.
import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FormatError, utf8 } from '@orrery/bytes';
import type { LoadTarget } from '../target.ts';

/** What ssh-keygen writes: a private key of every type and form, and the public ones. */
function generated(): { readonly privateKeys: Uint8Array[]; readonly publicLines: Uint8Array[] } {
  const folder = mkdtempSync(join(tmpdir(), 'orrery-fuzz-'));
  const kinds = [
    ['-t', 'ed25519'],
    ['-t', 'ecdsa'],
    ['-t', 'rsa', '-b', '1024'],
    ['-t', 'rsa', '-b', '1024', '-m', 'PEM'],
    ['-t', 'ecdsa', '-m', 'PEM'],
    ['-t', 'ecdsa', '-m', 'PKCS8'],
    ['-t', 'ed25519', '-N', 'secret'],
  ];
  try {
    const files = kinds.map((kind, at) => {
      const file = join(folder, String(at));
      const passphrase = kind.includes('-N') ? [] : ['-N', ''];
      execFileSync('ssh-keygen', ['-q', '-C', 'comment', ...passphrase, ...kind, '-f', file]);
      return file;
    });
    return {
      privateKeys: files.map((file) => new Uint8Array(readFileSync(file))),
      publicLines: files.map((file) => new Uint8Array(readFileSync(`${file}.pub`))),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Files of private keys that are not encrypted; those that are recognised without a passphrase. */
export const privateKeys: LoadTarget = async () => {
  const { generatePrivateKey, parsePrivateKey, PrivateKeyError, printPuttyKey, recognisePrivateKey } =
    await import('@orrery/keys');
  return {
    run: (input) => {
      recognisePrivateKey(input);
      parsePrivateKey(input);
    },
    refuses: (error) => error instanceof PrivateKeyError,
    seeds: [...generated().privateKeys, printPuttyKey(generatePrivateKey('ssh-ed25519', 'comment'))],
    words: [
      '-----BEGIN OPENSSH PRIVATE KEY-----\n',
      '-----END ',
      'PRIVATE KEY-----',
      'RSA ',
      'EC ',
      'ENCRYPTED ',
      'Proc-Type: 4,ENCRYPTED\n',
      'DEK-Info: AES-128-CBC,00',
      'PuTTY-User-Key-File-3: ',
      'Encryption: aes256-cbc\n',
      'Private-Lines: ',
      'Argon2-Memory: ',
      'b3BlbnNzaC1rZXktdjEA',
    ],
  };
};

/** Files of PuTTY whose MAC is right: of any other, nothing more is looked at. */
export const puttyKeys: LoadTarget = async () => {
  const { generatePrivateKey, parsePrivateKey, PrivateKeyError, printPuttyKey } =
    await import('@orrery/keys');
  const types = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ssh-rsa', 'ssh-dss'];
  const keys = [
    ...types.slice(0, 2).map((type) => generatePrivateKey(type, '')),
    await generatePrivateKey('ssh-rsa', '', { bits: 2048 }),
  ];
  /** The two parts of a file, which are its lines of base64. */
  const parts = (text: string): Buffer[] =>
    [...text.matchAll(/-Lines: \d+\n((?:[\w+/=]+\n)+)/g)].map(([, lines = '']) =>
      Buffer.from(lines, 'base64'),
    );
  return {
    run: (input) => {
      const type = types[(input[0] ?? 0) % types.length] ?? '';
      const length = ((input[1] ?? 0) << 8) | (input[2] ?? 0);
      const blobs = [input.subarray(3, 3 + length), input.subarray(3 + length)];
      const fields = [Buffer.from(type), Buffer.from('none'), Buffer.alloc(0), ...blobs];
      const mac = createHmac('sha256', '');
      for (const field of fields) mac.update(uint32(field.length)).update(field);
      const [publicLines = [], privateLines = []] = blobs.map(
        (blob) => blob.toBase64().match(/.{1,64}/g) ?? [],
      );
      const lines = [
        `PuTTY-User-Key-File-3: ${type}`,
        'Encryption: none',
        'Comment: ',
        `Public-Lines: ${publicLines.length}`,
        ...publicLines,
        `Private-Lines: ${privateLines.length}`,
        ...privateLines,
        `Private-MAC: ${mac.digest('hex')}`,
      ];
      parsePrivateKey(utf8(lines.join('\n')));
    },
    refuses: (error) => error instanceof PrivateKeyError && !/MAC/.test(String(error.cause)),
    seeds: keys.map((key) => {
      const [publicKey = Buffer.alloc(0), secret = Buffer.alloc(0)] = parts(
        Buffer.from(printPuttyKey(key)).toString(),
      );
      const { length } = publicKey;
      return Uint8Array.of(types.indexOf(key.type), length >> 8, length & 255, ...publicKey, ...secret);
    }),
    words: types,
  };
};

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** What is inside the armour of a private key: mutations of base64 seldom reach it. */
export const privateKeyBlobs: LoadTarget = async () => {
  const { parsePrivateKey, PrivateKeyError } = await import('@orrery/keys');
  const labels = [
    'OPENSSH PRIVATE KEY',
    'RSA PRIVATE KEY',
    'EC PRIVATE KEY',
    'PRIVATE KEY',
    'ENCRYPTED PRIVATE KEY',
  ];
  const seeds = generated().privateKeys.flatMap((file) => {
    const [, label = '', body = ''] =
      /-----BEGIN ([A-Z ]+)-----\n([^-]+)/.exec(Buffer.from(file).toString()) ?? [];
    return [Uint8Array.of(labels.indexOf(label), ...Buffer.from(body, 'base64'))];
  });
  return {
    run: (input) => {
      const label = labels[(input[0] ?? 0) % labels.length] ?? '';
      const lines =
        input
          .subarray(1)
          .toBase64()
          .match(/.{1,70}/g) ?? [];
      parsePrivateKey(utf8(`-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`));
    },
    refuses: (error) => error instanceof PrivateKeyError,
    seeds,
    words: [
      'openssh-key-v1\0',
      'ssh-ed25519',
      'ssh-rsa',
      'ecdsa-sha2-nistp256',
      'nistp256',
      'none',
      'aes256-ctr',
      'bcrypt',
      'chacha20-poly1305@openssh.com',
    ],
  };
};

/** A line of a public key, its blob, the same in the form of RFC 4716, and a signature that the key is to verify. */
export const publicKeys: LoadTarget = async () => {
  const {
    parsePublicKeyBlob,
    parsePublicKeyLine,
    parsePublicKeyPem,
    parseRfc4716,
    printPublicKeyLine,
    printPublicKeyPem,
    publicKeyProblem,
    optionalSignatureNames,
    signatureNames,
    verifySignature,
  } = await import('@orrery/keys');
  const { Reader } = await import('@orrery/bytes');
  const lines = generated().publicLines;
  const blobs = lines.map((line) => Buffer.from(Buffer.from(line).toString().split(' ')[1] ?? '', 'base64'));
  const forms: readonly ((bytes: Uint8Array) => void)[] = [
    (bytes) => {
      const key = parsePublicKeyLine(Buffer.from(bytes).toString());
      if (parsePublicKeyLine(printPublicKeyLine(key)).type !== key.type)
        throw new Error('it prints another key');
    },
    (bytes) => void parsePublicKeyBlob(bytes),
    (bytes) => void parseRfc4716(Buffer.from(bytes).toString()),
    (bytes) => {
      const reader = new Reader(bytes);
      const [name, key, signature] = [reader.text(64), reader.string(4096), reader.rest()];
      publicKeyProblem(key);
      if ([...signatureNames, ...optionalSignatureNames].includes(name))
        verifySignature(key, name, new Uint8Array(32), signature);
    },
    (bytes) => {
      const key = parsePublicKeyPem(
        `-----BEGIN PUBLIC KEY-----\n${bytes.toBase64()}\n-----END PUBLIC KEY-----\n`,
      );
      if (parsePublicKeyPem(printPublicKeyPem(key, 'pkcs8')).type !== key.type)
        throw new Error('it prints another key');
    },
  ];
  const rfc = '---- BEGIN SSH2 PUBLIC KEY ----\nComment: "x"\n';
  return {
    run: (input) => forms[(input[0] ?? 0) % forms.length]?.(input.subarray(1)),
    refuses: (error) => error instanceof FormatError,
    seeds: [
      ...lines.map((line) => Uint8Array.of(0, ...line)),
      ...blobs.map((blob) => Uint8Array.of(1, ...blob)),
      ...blobs.map((blob) =>
        Uint8Array.of(2, ...utf8(`${rfc}${blob.toString('base64')}\n---- END SSH2 PUBLIC KEY ----\n`)),
      ),
      ...blobs.map((blob) => {
        const body = printPublicKeyPem({ blob }, 'pkcs8').replaceAll(/-----.*-----/g, '');
        return Uint8Array.of(4, ...Buffer.from(body, 'base64'));
      }),
      ...blobs.flatMap((blob) =>
        ['ssh-ed25519', 'rsa-sha2-512', 'ecdsa-sha2-nistp256'].map((name) => signed(name, blob)),
      ),
      webauthnSignature(),
    ],
    words: [
      'ssh-ed25519',
      'ssh-rsa',
      'rsa-sha2-256',
      'ecdsa-sha2-nistp384',
      'nistp384',
      'ssh-dss',
      'sk-ssh-ed25519@openssh.com',
      'ssh-mldsa44-ed25519@openssh.com',
      'Comment: ',
      '\\\n',
    ],
  };
};

/** A key in a security key, and a signature of the right form that a browser could have had made of 32 zeros. */
function webauthnSignature(): Uint8Array {
  const name = 'webauthn-sk-ecdsa-sha2-nistp256@openssh.com';
  const sized = (bytes: Uint8Array): Uint8Array => Buffer.concat([uint32(bytes.length), bytes]);
  const point = Buffer.concat([
    Buffer.of(4),
    Buffer.from('6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296', 'hex'),
    Buffer.from('4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5', 'hex'),
  ]);
  const texts = ['sk-ecdsa-sha2-nistp256@openssh.com', 'nistp256'].map((text) => sized(utf8(text)));
  const key = Buffer.concat([...texts, sized(point), sized(utf8('ssh:'))]);
  const origin = 'https://example.com';
  const clientData = `{"type":"webauthn.get","challenge":"${'A'.repeat(43)}","origin":"${origin}"}`;
  const numbers = sized(Buffer.concat([sized(Buffer.of(1)), sized(Buffer.of(1))]));
  const rest = [origin, clientData, ''].map((text) => sized(utf8(text)));
  return Uint8Array.of(
    3,
    ...sized(utf8(name)),
    ...sized(key),
    ...sized(utf8(name)),
    ...numbers,
    ...Buffer.of(1, 0, 0, 0, 7),
    ...Buffer.concat(rest),
  );
}

/** The name, the key, and a signature of the right form that is none. */
function signed(name: string, key: Uint8Array): Uint8Array {
  const string = (bytes: Uint8Array): number[] => [0, 0, bytes.length >> 8, bytes.length & 255, ...bytes];
  return Uint8Array.of(
    3,
    ...string(utf8(name)),
    ...string(key),
    ...string(utf8(name)),
    ...string(new Uint8Array(64)),
  );
}
