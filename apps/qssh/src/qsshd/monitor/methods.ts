// The methods of authentication that a user needs (sshd_config(5), AuthenticationMethods).
import type { Settings } from '../../sshd-config/directives.ts';

/** Lists of methods in order, any one of which is enough, as they are proven. */
export class Methods {
  #lists: readonly (readonly string[])[];

  constructor(lists: readonly (readonly string[])[]) {
    this.#lists = lists;
  }

  /** What is still to be proven. */
  get lists(): readonly (readonly string[])[] {
    return this.#lists;
  }

  get areProven(): boolean {
    return this.#lists.some(({ length }) => length === 0);
  }

  isNext(method: string): boolean {
    return !this.areProven && this.#lists.some(([next]) => next === method);
  }

  /** The method was proven. */
  advance(method: string): void {
    this.#lists = this.#lists.map((list) => (list[0] === method ? list.slice(1) : list));
  }
}

/** Those of the configuration that are served. */
export function methodLists(settings: Settings): string[][] {
  const { authenticationMethods, pubkeyAuthentication } = settings;
  const served = [
    ...(pubkeyAuthentication ? ['publickey'] : []),
    ...(takesEmptyPasswords(settings) ? ['none'] : []),
    ...['keyboard-interactive', 'password'].filter((method) => takesPasswords(method, settings)),
  ];
  const lists = authenticationMethods.length === 0 ? served : authenticationMethods;
  return lists
    .map((list) => list.split(','))
    .filter((list) => list.every((method) => served.includes(method)));
}

/** Whether there may be logins without any proof. */
export function takesEmptyPasswords(
  rules: Pick<Settings, 'passwordAuthentication' | 'permitEmptyPasswords'>,
): boolean {
  return rules.passwordAuthentication && rules.permitEmptyPasswords;
}

/** Whether passwords of the file are a way in, by this method. */
function takesPasswords(
  method: string,
  rules: Pick<Settings, 'kbdInteractiveAuthentication' | 'passwordAuthentication' | 'passwordFile'>,
): boolean {
  if (rules.passwordFile === undefined) return false;
  if (method === 'password') return rules.passwordAuthentication;
  return method === 'keyboard-interactive' && rules.kbdInteractiveAuthentication;
}
