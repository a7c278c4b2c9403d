// The -O options of certificates (ssh-keygen(1), CERTIFICATES).
import {
  type CertificateOptions,
  type CertificateType,
  certificateOptionData,
  parseNetwork,
} from '@orrery/keys';
import { KeygenError } from './session.ts';

/** By the option that gives them; the names in certificates are these. */
const permissions: Readonly<Record<string, string>> = {
  'permit-x11-forwarding': 'permit-X11-forwarding',
  'permit-agent-forwarding': 'permit-agent-forwarding',
  'permit-port-forwarding': 'permit-port-forwarding',
  'permit-pty': 'permit-pty',
  'permit-user-rc': 'permit-user-rc',
};

interface Chosen {
  readonly criticalOptions: CertificateOptions;
  readonly extensions: CertificateOptions;
}

/** What certificates allow: all that is usual for users and nothing for hosts, changed by the options. @throws {KeygenError} */
export function readFlags(type: CertificateType, options: readonly string[]): Chosen {
  const criticalOptions = new Map<string, Uint8Array>();
  const usual = type === 'user' ? Object.values(permissions) : [];
  const extensions = new Map(usual.map((name) => [name, certificateOptionData()]));
  for (const option of options) {
    const [name = '', value] = option.split(/=(.*)/s, 2);
    const word = name.toLowerCase();
    if (value !== undefined && ['force-command', 'source-address'].includes(word)) {
      if (criticalOptions.has(word)) throw new KeygenError(`${word} already specified`);
      if (word === 'source-address') checkAddresses(value);
      criticalOptions.set(word, certificateOptionData(value));
    } else if (/^(?:critical|extension):./i.test(option)) {
      const [, list = '', custom = ''] = /^(critical|extension):(.*)$/is.exec(name) ?? [];
      const into = list.toLowerCase() === 'critical' ? criticalOptions : extensions;
      into.set(custom, certificateOptionData(value));
    } else if (value !== undefined || !applyFlag(word, criticalOptions, extensions))
      throw new KeygenError(`Unsupported certificate option "${option}"`);
  }
  return { criticalOptions, extensions };
}

/** Whether there is such a flag. */
function applyFlag(
  word: string,
  criticalOptions: Map<string, Uint8Array>,
  extensions: Map<string, Uint8Array>,
): boolean {
  const permission = permissions[word.replace(/^no-/, 'permit-')];
  if (permission !== undefined) {
    if (word.startsWith('no-')) extensions.delete(permission);
    else extensions.set(permission, certificateOptionData());
  } else if (word === 'clear') for (const name of Object.values(permissions)) extensions.delete(name);
  else if (word === 'no-touch-required') extensions.set(word, certificateOptionData());
  else if (word === 'verify-required') criticalOptions.set(word, certificateOptionData());
  else return false;
  return true;
}

function checkAddresses(list: string): void {
  const bad = list.split(',').find((item) => typeof parseNetwork(item) !== 'object');
  if (bad !== undefined) throw new KeygenError(`Invalid source-address list: "${bad}" is no network`);
}
