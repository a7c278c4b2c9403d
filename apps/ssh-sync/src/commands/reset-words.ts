import type { Account } from '@orrery/vault';

/**
 * One of several machines, the last one, or one that the others have put out; of one whose account is not told, whether
 * it is the only machine.
 */
export type Standing = 'member' | 'last' | 'out' | 'untold' | 'alone';

/** What `reset` says before and after. */
export interface Words {
  readonly plan: string;
  readonly question: string;
  readonly done: readonly string[];
}

const HISTORY = 'What "ssh-sync undo" could bring back goes, too.';

/** @param path The state folder. */
export function wordsFor({ machine, username }: Account, path: string, standing: Standing): Words {
  const account = `account "${username}"`;
  const forgotten = `What this machine knew of ${account} is forgotten.`;
  const forget = `forget what is in "${path}"`;
  switch (standing) {
    case 'member':
    case 'last': {
      const gone = 'It is the last one: the account and all its files on the server go with it. ';
      const also = `${standing === 'last' ? gone : ''}${HISTORY}`;
      return {
        plan: `would take "${machine}" out of ${account} and ${forget}. ${also}`,
        question: `Take this machine out of ${account}? ${also}`,
        done: [`This machine is no longer part of ${account}.`],
      };
    }
    case 'out':
      return {
        plan: `would ${forget}: "${machine}" is no machine of ${account} any more. ${HISTORY}`,
        question: `"${machine}" is no machine of ${account} any more. Forget what this machine knew of it? ${HISTORY}`,
        done: [forgotten],
      };
    case 'untold':
    case 'alone': {
      const lost = 'It is the only machine: if the account is still there, nobody can open it then. ';
      const also = `${standing === 'alone' ? lost : ''}${HISTORY}`;
      const left =
        standing === 'alone'
          ? `If the server still has ${account}, nobody can open it any more.`
          : `If "${machine}" is still in the account, remove it from another machine: ssh-sync remove-machine "${machine}"`;
      return {
        plan: `would ${forget}, without telling ${account}. ${also}`,
        question: `Forget what this machine knows of ${account}, without telling the server? ${also}`,
        done: [forgotten, left],
      };
    }
  }
}
