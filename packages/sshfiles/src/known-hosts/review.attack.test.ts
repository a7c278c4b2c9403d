/**
 * Another machine, with full control of the known_hosts that arrives, tries to have ssh trust its key for `bank`. Each
 * trick is shown to work on OpenSSH, and to pass by a naive review that compares words.
 */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Writer, utf8 } from '@orrery/bytes';
import { fromByteString } from '../config/tokens.ts';
import { maxHashTests } from './hash-tests.ts';
import { maxPatternWork } from './knowledge.ts';
import { removedKnownHosts } from './removed.ts';
import { reviewKnownHosts } from './review.ts';
import { OpensshFile, file, hashed, key, rsaKey, textOf } from './testing.ts';

const openssh = new OpensshFile();
after(() => openssh.remove());

const mine = key(1);
const evil = key(66);
const evilRsa = rsaKey(66);
/** The RSA key with a number that is one zero byte longer: OpenSSH takes it for the same key. */
const longerEvilRsa = `ssh-rsa ${longerNumber(66)}`;

/** A careless review: asks if a line has the first word of a known line, but another key of its type. */
function naiveReview(current: readonly string[], incoming: readonly string[]): string[] {
  return incoming.filter((line) => {
    const [host, type, base64] = line.split(' ');
    return current.some((known) => {
      const [knownHost, knownType, knownKey] = known.split(' ');
      return host === knownHost && type === knownType && base64 !== knownKey;
    });
  });
}

/** As careless: asks if no line has both the marker and the key of a known revocation. */
function naiveLosses(current: readonly string[], incoming: readonly string[]): string[] {
  return current.filter((known) => {
    const base64 = known.split(' ')[3] ?? '';
    return !incoming.some((line) => /@revoked/i.test(line) && line.includes(base64));
  });
}

interface Attack {
  readonly trick: string;
  readonly current: readonly string[];
  readonly former?: readonly string[];
  readonly incoming: readonly string[];
  /** Where the user connects to. */
  readonly host?: string;
  /** What OpenSSH says of that line: a key, an authority. */
  readonly found?: '' | ' CA';
}

const additions: readonly Attack[] = [
  {
    trick: 'a key of another type',
    current: [`bank ${mine}`],
    incoming: [`bank ${mine}`, `bank ${evilRsa}`],
  },
  { trick: 'capital letters', current: [`bank ${mine}`], incoming: [`bank ${mine}`, `BANK ${evil}`] },
  { trick: 'a tab after the host', current: [`bank ${mine}`], incoming: [`bank ${mine}`, `bank\t${evil}`] },
  {
    trick: 'blanks before the host',
    current: [`bank ${mine}`],
    incoming: [`bank ${mine}`, `  bank ${evil}`],
  },
  {
    trick: 'the default port',
    current: [`bank ${mine}`],
    incoming: [`bank ${mine}`, `[bank]:22 ${evil}`],
    host: '[bank]:22',
  },
  {
    trick: 'the default port in what is known',
    current: [`[bank]:22 ${mine}`],
    incoming: [`[bank]:22 ${mine}`, `bank ${evil}`],
  },
  {
    trick: 'another port, whose key was that of the host until now',
    current: [`bank ${mine}`],
    incoming: [`bank ${mine}`, `[bank]:2222 ${evil}`],
    host: '[bank]:2222',
  },
  { trick: 'a list of hosts', current: [`bank ${mine}`], incoming: [`bank ${mine}`, `news,bank ${evil}`] },
  {
    trick: 'a list of hosts in what is known',
    current: [`news,bank ${mine}`],
    incoming: [`news,bank ${mine}`, `bank ${evil}`],
  },
  {
    trick: 'a host added to the line of its own host',
    current: [`bank ${mine}`, `news ${evil}`],
    incoming: [`bank ${mine}`, `news,bank ${evil}`],
  },
  {
    trick: 'a hashed name',
    current: [`bank ${mine}`],
    incoming: [`bank ${mine}`, `${hashed('bank')} ${evil}`],
  },
  {
    trick: 'a name in clear for a hashed one',
    current: [`${hashed('bank')} ${mine}`],
    incoming: [`${hashed('bank')} ${mine}`, `bank ${evil}`],
  },
  {
    trick: 'a hashed name with another salt',
    current: [`${hashed('bank')} ${mine}`],
    incoming: [`${hashed('bank')} ${mine}`, `${hashed('bank', 2)} ${evil}`],
  },
  {
    trick: 'a hashed name with another salt, whose name comes along with the right key',
    current: [`${hashed('bank')} ${mine}`],
    incoming: [`${hashed('bank')} ${mine}`, `bank ${mine}`, `${hashed('bank', 2)} ${evil}`],
  },
  {
    trick: 'a hashed name for a key that is known for another hashed name',
    current: [`${hashed('bank')} ${mine}`, `${hashed('news')} ${evil}`],
    incoming: [`${hashed('bank')} ${mine}`, `${hashed('bank', 2)} ${evil}`],
  },
  {
    trick: 'a hashed name with a port that no file names',
    current: [`bank ${mine}`],
    incoming: [`bank ${mine}`, `${hashed('[bank]:2222')} ${evil}`],
    host: '[bank]:2222',
  },
  { trick: 'a pattern', current: [`bank ${mine}`], incoming: [`bank ${mine}`, `b?nk ${evil}`] },
  {
    trick: 'a pattern with exceptions',
    current: [`bank ${mine}`],
    incoming: [`bank ${mine}`, `!news,* ${evil}`],
  },
  {
    trick: 'a pattern that was narrower',
    current: [`*.corp ${evil}`],
    incoming: [`*.corp,b* ${evil}`],
  },
  {
    trick: 'a host that is known by a pattern only',
    current: [`*.corp ${mine}`],
    incoming: [`*.corp ${mine}`, `bank.corp ${evil}`],
    host: 'bank.corp',
  },
  {
    trick: 'a hashed name of a host that is known by a pattern only',
    current: [`*.corp ${mine}`],
    incoming: [`*.corp ${mine}`, `${hashed('bank.corp')} ${evil}`],
    host: 'bank.corp',
  },
  {
    trick: 'a host that is known by its authority only',
    current: [`@cert-authority *.corp ${mine}`],
    incoming: [`@cert-authority *.corp ${mine}`, `bank.corp ${evil}`],
    host: 'bank.corp',
  },
  {
    trick: 'a host that is known as an exception only',
    current: [`*,!bank ${mine}`],
    incoming: [`*,!bank ${mine}`, `bank ${evil}`],
  },
  {
    trick: 'an authority',
    current: [`bank ${mine}`],
    incoming: [`bank ${mine}`, `@cert-authority bank ${evil}`],
    found: ' CA',
  },
  {
    trick: 'an authority for one host made one for all',
    current: [`@cert-authority news ${evil}`],
    incoming: [`@cert-authority * ${evil}`],
    found: ' CA',
  },
  {
    trick: 'a host key made an authority',
    current: [`bank ${mine}`, `news ${evil}`],
    incoming: [`bank ${mine}`, `@cert-authority bank ${evil}`],
    found: ' CA',
  },
  {
    trick: 'an exception taken from an authority',
    current: [`@cert-authority *,!bank ${evil}`],
    incoming: [`@cert-authority * ${evil}`],
    found: ' CA',
  },
  {
    trick: 'a host made unknown before',
    current: [`news ${mine}`],
    former: [`bank ${mine}`],
    incoming: [`news ${mine}`, `bank ${evil}`],
  },
  {
    trick: 'a hashed host made unknown before',
    current: [`news ${mine}`],
    former: [`${hashed('bank')} ${mine}`],
    incoming: [`news ${mine}`, `bank ${evil}`],
  },
  {
    trick: 'a hashed name for a host made unknown before, on a machine that knows nothing else',
    current: [],
    former: [`bank ${mine}`],
    incoming: [`${hashed('bank')} ${evil}`],
  },
  {
    trick: 'the old key of a host made unknown before',
    current: [`bank ${mine}`],
    former: [`bank ${evil}`],
    incoming: [`bank ${mine}`, `BANK ${evil}`],
  },
  {
    trick: 'a revoked key for a new host',
    current: [`@revoked news ${evil}`],
    incoming: [`@revoked news ${evil}`, `bank ${evil}`],
  },
  {
    trick: 'a host of which only the revoked key is known',
    current: [`@revoked bank ${mine}`],
    incoming: [`@revoked bank ${mine}`, `bank ${evil}`],
  },
  {
    trick: 'the name of a signature algorithm as key type',
    current: [`bank ${mine}`],
    incoming: [`bank ${mine}`, `bank ${evilRsa.replace('ssh-rsa', 'rsa-sha2-512')}`],
  },
  {
    trick: 'a number that is longer than it must be',
    current: [`bank ${mine}`],
    incoming: [`bank ${mine}`, `bank ${longerEvilRsa}`],
  },
  {
    trick: 'white space inside the key',
    current: [`bank ${mine}`],
    incoming: [`bank ${mine}`, `BANK ${evil.replace('AAAA', 'AA\v\r\fAA')}`],
  },
  {
    trick: 'a NUL behind the key',
    current: [`bank ${mine}`],
    incoming: [`bank ${mine}`, `bank\t${evil}\0#`],
  },
  {
    trick: 'a host of which the known line has a pattern so long that ssh gives up',
    current: [`bank,${'a'.repeat(1023)} ${mine}`],
    incoming: [`bank,${'a'.repeat(1023)} ${mine}`, `bank ${evil}`],
  },
  {
    trick: 'a host of which the known line cannot be read',
    current: ['bank 1024 35 1234567890'],
    incoming: ['bank 1024 35 1234567890', `bank ${evil}`],
  },
];

test('the naive review of these tests sees a changed key', () => {
  assert.equal(naiveReview([`bank ${mine}`], [`bank ${evil}`]).length, 1);
});

for (const { trick, current, former = [], incoming, host = 'bank', found = '' } of additions) {
  test(`reviewKnownHosts asks about a line added with ${trick}`, () => {
    const line = incoming.length;
    openssh.write(file(...incoming));
    assert.ok(openssh.find(host).includes(`${line}${found}`), 'the attack does not work on OpenSSH');
    assert.deepEqual(naiveReview(current, incoming), [], 'the trick is too simple');
    const items = reviewKnownHosts(file(...current), file(...incoming), file(...former));
    assert.deepEqual(
      items.map((item) => [item.change, item.where]),
      [
        [
          'added',
          incoming[line - 1]
            ?.trim()
            .split(/[ \t]/)
            .find((word) => !word.startsWith('@')),
        ],
      ],
    );
  });
}

const revoked = `@revoked bank ${evil}`;
const losses: readonly (Pick<Attack, 'trick' | 'current' | 'incoming'> & {
  readonly asked: number;
  /** Whether even the naive review notices. */
  readonly simple?: true;
})[] = [
  { trick: 'taken away', current: [revoked], incoming: [], asked: 1, simple: true },
  { trick: 'made a trusted key', current: [revoked], incoming: [`bank ${evil}`], asked: 2, simple: true },
  {
    trick: 'moved to another key',
    current: [revoked],
    incoming: [`@revoked bank ${mine}`],
    asked: 1,
    simple: true,
  },
  { trick: 'made a comment', current: [revoked], incoming: [`#${revoked}`], asked: 1 },
  { trick: 'moved to another host', current: [revoked], incoming: [`@revoked news ${evil}`], asked: 1 },
  {
    trick: 'taken from one host of a list',
    current: [`@revoked news,bank ${evil}`],
    incoming: [`@revoked news ${evil}`],
    asked: 1,
  },
  {
    trick: 'given an exception',
    current: [`@revoked * ${evil}`],
    incoming: [`@revoked *,!bank ${evil}`],
    asked: 1,
  },
  {
    trick: 'narrowed from all hosts to a pattern',
    current: [`@revoked * ${evil}`],
    incoming: [`@revoked n*,*.corp ${evil}`],
    asked: 1,
  },
  {
    trick: 'taken from a hashed host',
    current: [`@revoked ${hashed('bank')} ${evil}`],
    incoming: [`@revoked ${hashed('news')} ${evil}`],
    asked: 1,
  },
  {
    trick: 'for a hashed host made one for all others',
    current: [`@revoked ${hashed('bank')} ${evil}`],
    incoming: [`@revoked *,!bank ${evil}`],
    asked: 1,
  },
  // Lines that look the same but that ssh passes over.
  { trick: 'followed by a tab', current: [revoked], incoming: [`@revoked\tbank ${evil}`], asked: 2 },
  { trick: 'marked twice', current: [revoked], incoming: [`@revoked @revoked bank ${evil}`], asked: 2 },
  { trick: 'in capital letters', current: [revoked], incoming: [`@REVOKED bank ${evil}`], asked: 2 },
  { trick: 'behind a byte order mark', current: [revoked], incoming: [`\uFEFF${revoked}`], asked: 2 },
  { trick: 'behind a NUL', current: [revoked], incoming: [`\0${revoked}`], asked: 1 },
  { trick: 'behind a CR', current: [revoked], incoming: [`\r${revoked}`], asked: 2 },
  {
    trick: 'with a pattern so long that ssh gives up',
    current: [revoked],
    incoming: [`@revoked bank,${'a'.repeat(1023)} ${evil}`],
    asked: 2,
  },
  {
    trick: 'with a hashed name among names',
    current: [revoked],
    incoming: [`@revoked ${hashed('bank')},bank ${evil}`],
    asked: 2,
  },
  {
    trick: 'with the type of another key',
    current: [revoked],
    incoming: [`@revoked bank ${evil.replace('ssh-ed25519', 'ssh-rsa')}`],
    asked: 2,
  },
];

/** Whether OpenSSH refuses the key for `bank`. */
function refuses(lines: readonly string[]): boolean {
  openssh.write(file(...lines));
  const base64 = evil.split(' ')[1] ?? '';
  const found = openssh.find('bank').filter((line) => line.endsWith('REVOKED'));
  return found.some((line) => lines[Number.parseInt(line, 10) - 1]?.includes(base64));
}

for (const { trick, current, incoming, asked, simple = false } of losses) {
  test(`reviewKnownHosts asks about a revocation ${trick}`, () => {
    assert.ok(refuses(current) && !refuses(incoming), 'the attack does not work on OpenSSH');
    assert.equal(naiveLosses(current, incoming).length > 0, simple);
    const items = reviewKnownHosts(file(...current), file(...incoming), undefined);
    assert.equal(items.length, asked);
    const lost = items.filter(({ change }) => change === 'removed');
    assert.deepEqual(
      lost.map(({ line }) => line),
      current,
    );
  });
}

test('reviewKnownHosts asks about a revocation that only OpenSSH can read', () => {
  const current = file(`@revoked bank ${longerEvilRsa}`);
  openssh.write(current);
  assert.deepEqual(openssh.find('bank'), ['1 REVOKED']);
  const items = reviewKnownHosts(current, undefined, undefined);
  assert.deepEqual(
    items.map(({ change, where }) => [change, where]),
    [['removed', 'bank']],
  );
  assert.deepEqual(reviewKnownHosts(current, current, undefined), []);
});

test('reviewKnownHosts remembers a host through removedKnownHosts', () => {
  const first = file(`bank ${mine}`, `news ${mine}`);
  const second = file(`news ${mine}`);
  assert.deepEqual(reviewKnownHosts(first, second, undefined), []);
  const former = removedKnownHosts(first, second);
  const third = file(`news ${mine}`, `bank ${evil}`);
  assert.deepEqual(reviewKnownHosts(second, third, undefined), []);
  assert.equal(reviewKnownHosts(second, third, former).length, 1);
});

test('reviewKnownHosts asks about every name that its limit of hash tests leaves untested', () => {
  const known = Array.from({ length: 500 }, (_, number) => `${hashed(`host${number}`)} ${mine}`);
  const flood = Array.from({ length: maxHashTests / 500 }, (_, number) => `new${number} ${key(number)}`);
  const current = [...known, `${hashed('bank')} ${mine}`];
  const items = reviewKnownHosts(file(...current), file(...current, ...flood, `bank ${evil}`), undefined);
  assert.equal(items.at(-1)?.where, 'bank');
  assert.ok(items.length < 10);
  const hashes = flood.map((line, number) => line.replace(/^\S+/, hashed(`new${number}`)));
  const next = file(...current, ...hashes, `bank ${evil}`);
  assert.equal(reviewKnownHosts(file(...current), next, undefined).at(-1)?.where, 'bank');
});

test('reviewKnownHosts asks about every name that its limit of pattern work leaves untested', () => {
  const patterns = Array.from({ length: 200 }, (_, number) => `*${'a*'.repeat(200)}${number} ${mine}`);
  const count = Math.ceil(maxPatternWork / (200 * 400 * 1000));
  const flood = Array.from({ length: 2 * count }, (_, number) => `${'a'.repeat(1000)}.${number} ${evil}`);
  const current = [...patterns, `b*k ${mine}`];
  const items = reviewKnownHosts(file(...current), file(...current, ...flood, `bank ${evil}`), undefined);
  assert.equal(items.at(-1)?.where, 'bank');
});

test('reviewKnownHosts shows a name that tries to hide as what it is', () => {
  const incoming = fromByteString(`bank ${textOf(utf8(mine))}\nba\x1b[2Knk,bank\xff,bank ${evil}\n`);
  const [item] = reviewKnownHosts(file(`bank ${mine}`), incoming, undefined);
  assert.equal(item?.where, 'ba\\u{1b}[2Knk,bank\\xff,bank');
});

function longerNumber(number: number): string {
  const bytes = Uint8Array.fromBase64(rsaKey(number).slice('ssh-rsa '.length));
  const n = bytes.subarray(-129);
  return new Writer()
    .bytes(bytes.subarray(0, -133))
    .string(Uint8Array.of(0, ...n))
    .finish()
    .toBase64();
}

test('reviewKnownHosts knows what all files know', () => {
  const [here, theirs] = [file(`bank ${mine}`), file(`bank ${evil}`)];
  assert.deepEqual(reviewKnownHosts(undefined, theirs, undefined), [], 'the control: a file by itself');
  const asked = (standing: readonly Uint8Array[], coming: readonly Uint8Array[]): string[] => {
    const others = { before: standing, after: coming };
    return reviewKnownHosts(undefined, theirs, undefined, others).map(({ reason }) => reason);
  };
  assert.deepEqual(asked([here], []), ['new key for a known host: bank']);
  assert.deepEqual(asked([file(`${hashed('bank')} ${mine}`)], []), ['new key for a known host: bank']);
  assert.deepEqual(asked([], [file(`@revoked * ${evil}`)]), ['the key is revoked']);
  assert.deepEqual(asked([theirs], []), [], 'what another file trusts already');
  const revocation = file(revoked);
  const moved = reviewKnownHosts(revocation, file(), undefined, { before: [file()], after: [revocation] });
  assert.deepEqual(
    moved.map(({ reason }) => reason),
    ['the key is no longer revoked'],
  );
});
