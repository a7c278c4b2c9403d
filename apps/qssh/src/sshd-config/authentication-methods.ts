import { ValueError } from '../config/value-error.ts';
import { atLeastOne } from './directive.ts';

/** The methods that AuthenticationMethods may name; those that are not served can never succeed. */
const methodNames = ['none', 'publickey', 'hostbased', 'password', 'keyboard-interactive', 'gssapi-with-mic'];

const served = ['none', 'publickey', 'password', 'keyboard-interactive'];

/** The lists of AuthenticationMethods; none for `any`. @throws {ValueError} */
export function readMethods(lists: readonly string[]): readonly string[] {
  if (lists.length === 1 && lists[0] === 'any') return [];
  for (const list of atLeastOne(lists)) {
    const wrong = list.split(',').find((method) => !methodNames.includes(method.split(':')[0] ?? ''));
    if (wrong !== undefined) throw new ValueError(`Unknown authentication method "${wrong}" in list`);
  }
  if (!lists.some((list) => list.split(',').every((method) => served.includes(method))))
    throw new ValueError(`every list has a method that is not there: only ${served.join(', ')} are`);
  return lists;
}
