// What people are asked and told about host keys. The words that scripts wait for are OpenSSH's.
import type { Asker } from '../ask.ts';
import type { Log } from '../log.ts';
import { keyWord } from './key-words.ts';
import type { KnownKey } from './known-keys.ts';

export interface NewKey {
  readonly ask: Asker;
  /** As typed. */
  readonly host: string;
  readonly name: string;
  readonly address: string | undefined;
  readonly word: string;
  readonly fingerprint: string;
  /** Keys of other types by which the host is known. */
  readonly otherTypes: readonly KnownKey[];
  /** Entries that trust this key for other hosts. */
  readonly otherNames: readonly KnownKey[];
}

/** Asks as OpenSSH does: yes, no, or the fingerprint, which is compared for the user. */
export async function askWhetherToTrust(key: NewKey): Promise<boolean> {
  const { ask, name, address, word, fingerprint } = key;
  const where = address === undefined ? '<no hostip for proxy command>' : address;
  const text = [
    `The authenticity of host '${name} (${where})' can't be established.`,
    `${word} key fingerprint is ${fingerprint}.`,
    ...key.otherTypes.map(
      ({ entry, file, line }) =>
        `The host is known by a key of type ${keyWord(entry.keyType)}: ${file}:${line}`,
    ),
    ...(key.otherNames.length === 0
      ? ['This key is not known by any other names.']
      : ['This host key is known by the following other names/addresses:']),
    ...key.otherNames.map(({ entry, file, line }) => `    ${file}:${line}: ${entry.hostsField}`),
  ];
  let question = [...text, 'Are you sure you want to continue connecting (yes/no/[fingerprint])? '].join(
    '\n',
  );
  for (;;) {
    const answer = (await ask.line(question))?.trim();
    if (answer === undefined || /^(?:no)?$/i.test(answer)) return false;
    if (answer === fingerprint || /^yes$/i.test(answer)) return true;

    question = "Please type 'yes', 'no' or the fingerprint: ";
  }
}

/** Entries of user and system that trust a key. */
export function otherNames(known: readonly KnownKey[], key: string): readonly KnownKey[] {
  return known.filter(({ entry }) => entry.marker === '' && entry.key === key).slice(0, 8);
}

const bar = '@'.repeat(59);

/** The loud warning. */
export function warnOfChange(
  log: Log,
  change: {
    readonly name: string;
    readonly word: string;
    readonly fingerprint: string;
    /** Where the right key would be kept. */
    readonly userFile: string | undefined;
    readonly known: readonly KnownKey[];
    /** Whether ssh-keygen may refuse a file for what else is in it. */
    readonly needsEditor: (file: string) => boolean;
  },
): void {
  const { name, word, fingerprint, userFile, known, needsEditor } = change;
  const lines = [
    bar,
    '@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @',
    bar,
    `"${name}" is not the host that it was: either its key was replaced, or somebody stands between you and it`,
    'and would see all that you type. Ask whoever runs it before you go on.',
    `The fingerprint for the ${word} key sent by the remote host is`,
    `${fingerprint}.`,
    ...(userFile === undefined ? [] : [`Add correct host key in ${userFile} to get rid of this message.`]),
    ...known.map(({ entry, file, line }) => `Offending ${keyWord(entry.keyType)} key in ${file}:${line}`),
    ...removals(known, name, needsEditor).map((command) => `  remove with: ${command}`),
  ];
  for (const line of lines) log.error(line);
}

/** For each of the user's files a command that takes the keys out of it. */
function removals(
  known: readonly KnownKey[],
  name: string,
  needsEditor: (file: string) => boolean,
): readonly string[] {
  const own = Map.groupBy(
    known.filter(({ isUser }) => isUser),
    ({ file }) => file,
  );
  return [...own].map(([file, keys]) =>
    needsEditor(file)
      ? `sed -i '${keys.map(({ line }) => `${line}d`).join(';')}' "${file}"`
      : `ssh-keygen -f "${file}" -R "${name}"`,
  );
}
