// The directives about the server's own keys, besides HostKey.
import { certificateAlgorithms, signatureNameOf } from '@orrery/keys';
import { supportedAlgorithms } from '@orrery/ssh';
import { resolve } from 'node:path';
import { anyWord } from '../config/values.ts';
import { inGlobal, oneOnEachLine, word, type Directive } from './directive.ts';

/** In place of a path: the variable of the environment with the agent's. */
export const AGENT_VARIABLE = 'SSH_AUTH_SOCK';

/** Certificates first, for which clients ask that know a CA. */
export const defaultHostKeyAlgorithms: readonly string[] = [
  ...certificateAlgorithms.filter((name) => supportedAlgorithms.hostKeys.includes(signatureNameOf(name))),
  ...supportedAlgorithms.hostKeys,
];

const files = oneOnEachLine((name) => resolve(anyWord(name)));

/** Files, one on each line. */
export const hostCertificate: Directive<readonly string[]> = {
  ...files,
  read: (written, before = []) =>
    written.words.join(' ').toLowerCase() === 'none' ? before : files.read(written, before),
};

/** The socket of an agent, AGENT_VARIABLE, or undefined for none. */
export const hostKeyAgent: Directive<string | undefined> = inGlobal(
  word<string | undefined>(
    undefined,
    (text) => {
      if (text.toLowerCase() === 'none') return undefined;
      return text === AGENT_VARIABLE ? text : resolve(anyWord(text));
    },
    (value) => value ?? 'none',
  ),
);
