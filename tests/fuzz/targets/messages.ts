// Messages of SSH and SFTP, each by its number; and what qsshd's processes say to each other.
import { FormatError, utf8, Writer, type Codec, type decode, type encode } from '@orrery/bytes';
import type { LoadTarget, Target } from '../target.ts';

interface Message {
  readonly number: number;
  readonly name: string;
  readonly codec: Codec<unknown>;
}

function isMessage(value: unknown): value is Message {
  return (
    typeof value === 'object' && value !== null && 'number' in value && 'name' in value && 'codec' in value
  );
}

const isFormatError = (error: unknown): boolean => error instanceof FormatError;

/** Zeros are a value of nearly every codec: empty texts and lists, false, 0. The shortest such value. */
function shortest(read: typeof decode, codec: Codec<unknown>): Uint8Array[] {
  for (let length = 0; length < 160; length += 1) {
    try {
      read(codec, new Uint8Array(length));
      return [new Uint8Array(length)];
    } catch (error) {
      if (!isFormatError(error)) throw error;
    }
  }
  return [];
}

interface Bytes {
  readonly decode: typeof decode;
  readonly encode: typeof encode;
}

/**
 * The first byte says which codec reads the others. What was read is written as it was.
 * @param isExact Whether every codec writes what it read; otherwise only that what it writes is read as the same.
 */
function choose(bytes: Bytes, codecs: readonly Codec<unknown>[], isExact: boolean): Target {
  return {
    run: (input) => {
      const codec = codecs[(input[0] ?? 0) % codecs.length];
      const body = input.subarray(1);
      if (codec === undefined) return;
      const written = bytes.encode(codec, bytes.decode(codec, body));
      const again = isExact ? body : bytes.encode(codec, bytes.decode(codec, written));
      if (Buffer.compare(written, again) !== 0) throw new Error('what was read is not written as it was');
    },
    refuses: isFormatError,
    seeds: codecs.flatMap((codec, at) =>
      shortest(bytes.decode, codec).map((body) => Uint8Array.of(at, ...body)),
    ),
  };
}

/** Everything of RFC 4251 to 4256, RFC 8308 and OpenSSH's extensions. */
export const sshMessages: LoadTarget = async () => {
  const bytes = await import('@orrery/bytes');
  const { kexInit, ...transport } = await import('../../../packages/ssh/src/transport/messages.ts');
  const auth = await import('../../../packages/ssh/src/auth/messages.ts');
  const connection = await import('../../../packages/ssh/src/connection/messages.ts');
  const session = await import('../../../packages/ssh/src/connection/session-messages.ts');
  const messages = [transport, auth, connection].flatMap((module) => Object.values<unknown>(module));
  // Modes of a terminal that have no name are not written again.
  const parts: Codec<unknown>[] = Object.values(session).filter((codec) => codec !== session.ptyCodec);
  const codecs = [kexInit.codec, ...messages.filter(isMessage).map(({ codec }) => codec), ...parts];
  const target = choose(bytes, codecs, true);
  return { ...target, seeds: [...target.seeds, Uint8Array.of(0, ...offer().subarray(1))], words: names };
};

/** Requests of SFTP as the server reads them, and answers as the client does. */
export const sftpMessages: LoadTarget = async () => {
  const bytes = await import('@orrery/bytes');
  const sftp = Object.values<unknown>(await import('../../../packages/ssh/src/sftp/messages.ts'));
  const extensions = sftp.filter(
    (value): value is { readonly codec: Codec<unknown> } =>
      typeof value === 'object' && value !== null && 'codec' in value,
  );
  const target = choose(
    bytes,
    extensions.map(({ codec }) => codec),
    false,
  );
  const attributes = new Writer().string(utf8('/file')).uint32(0x8000_000f).uint64(5n);
  const rest = attributes.uint32(0).uint32(0).uint32(0o100644).uint32(1).uint32(2).uint32(1);
  const whole = rest.text('name@example').text('value').finish();
  return { ...target, seeds: [...target.seeds, ...extensions.map((_, at) => Uint8Array.of(at, ...whole))] };
};

/** What workers and users' processes say to the monitor, the listener to the signer, users to keepers of terminals, and back. */
export const qsshdMessages: LoadTarget = async () => {
  const bytes = await import('@orrery/bytes');
  const protocol = await import('../../../apps/qssh/src/qsshd/protocol.ts');
  const keeper = await import('../../../apps/qssh/src/qsshd/session/keeper-protocol.ts');
  const codecs = [...Object.values<unknown>(protocol), ...Object.values<unknown>(keeper)].filter(
    (value): value is Codec<unknown> => typeof value === 'object' && value !== null && 'read' in value,
  );
  const target = choose(bytes, codecs, true);
  const kinds = [
    'sign',
    'policy',
    'key',
    'proof',
    'failed',
    'loggedIn',
    'closed',
    'ready',
    'begin',
    'signal',
  ];
  const answers = ['signature', 'verdict', 'refused'];
  const bodies = [new Uint8Array(8)];
  const seeds = [...kinds, ...answers].flatMap((kind) =>
    codecs.flatMap((_, at) =>
      bodies.map((body) => Uint8Array.of(at, ...new Writer().text(kind).bytes(body).finish())),
    ),
  );
  return { ...target, seeds: [...target.seeds, ...seeds], words: [...kinds, ...answers] };
};

/** Both sides' lists, one behind the other, and what they agree on. */
export const negotiation: LoadTarget = async () => {
  const { Reader } = await import('@orrery/bytes');
  const { kexInit } = await import('../../../packages/ssh/src/transport/messages.ts');
  const { negotiate } = await import('../../../packages/ssh/src/transport/negotiation.ts');
  const { SshError } = await import('../../../packages/ssh/src/ssh-error.ts');
  const own = offer().subarray(1);
  return {
    run: (input) => {
      const reader = new Reader(input);
      negotiate(kexInit.codec.read(reader), kexInit.codec.read(reader));
    },
    refuses: (error) => isFormatError(error) || error instanceof SshError,
    seeds: [Uint8Array.of(...own, ...own)],
    words: names,
  };
};

const names = [
  'mlkem768x25519-sha256',
  'curve25519-sha256',
  'ecdh-sha2-nistp256',
  'kex-strict-c-v00@openssh.com',
  'kex-strict-s-v00@openssh.com',
  'ext-info-c',
  'ssh-ed25519',
  'aes256-gcm@openssh.com',
  'aes128-ctr',
  'hmac-sha2-256-etm@openssh.com',
  'zlib@openssh.com',
  'none',
];

/** A KEXINIT as a client sends it. */
export function offer(): Uint8Array {
  const [kex = '', curve = '', , strict = '', , extensions = '', key = '', gcm = '', ctr = '', mac = ''] =
    names;
  const writer = new Writer().byte(20).bytes(new Uint8Array(16).fill(7));
  writer.nameList([kex, curve, extensions, strict]).nameList([key]);
  for (const list of [[gcm, ctr], [gcm, ctr], [mac], [mac], ['none'], ['none'], [], []])
    writer.nameList(list);
  return writer.boolean(false).uint32(0).finish();
}
