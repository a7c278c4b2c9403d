import type { Device } from '../src/device/secret.ts';
import { classicSuite, hybridSuite } from '../src/device/suite.ts';
import { isClosed, isRekeying, presentMembers } from '../src/ledger/state.ts';
import { deviceNamed, TestAccount } from './account.ts';

/** Machines that a random account may admit, in this order. */
const pool = Array.from({ length: 8 }, (_, index) =>
  deviceNamed(`pool ${index}`, index % 3 === 1 ? classicSuite : hybridSuite),
);

/** An account that grew by the entries that `choices` picked among those allowed at the time. */
export async function growAccount(choices: readonly number[]): Promise<TestAccount> {
  const [founder, ...others] = pool;
  if (founder === undefined) throw new TypeError('Cannot grow account: no machine');
  const grower = new Grower(await TestAccount.found(founder), others);
  for (const choice of choices) {
    const steps = grower.steps(choice);
    if (steps.length === 0) break;
    await steps[choice % steps.length]?.();
  }
  return grower.account;
}

class Grower {
  readonly account: TestAccount;
  readonly #unused: Device[];
  #nextObject = 1;

  constructor(account: TestAccount, unused: readonly Device[]) {
    this.account = account;
    this.#unused = [...unused];
  }

  /** All entries that may come next; `choice` says by whom and about whom. */
  steps(choice: number): readonly (() => Promise<void>)[] {
    const { account } = this;
    const { state } = account;
    const present = presentMembers(state).flatMap(({ id }) =>
      pool.filter((device) => device.id.toHex() === id.toHex()),
    );
    const author = present[(choice >> 4) % present.length];
    if (isClosed(state) || author === undefined) return [];
    const other = present.find((device) => device !== author);
    const [next] = this.#unused;
    const name = state.members.get(author.id.toHex())?.name ?? '';
    const upgrades = next?.suite === hybridSuite && author.suite === classicSuite;
    const resting = !state.departed && !isRekeying(state);
    const rekeying = !state.departed && isRekeying(state);
    return [
      () => account.rotate(author),
      ...(other === undefined ? [] : [() => account.rotate(author, [other]), () => account.leave(author)]),
      ...(present.length === 1 && choice % 7 === 0 ? [() => account.leave(author)] : []),
      ...(upgrades ? [() => account.migrate(author, this.#take(), name)] : []),
      ...(next === undefined || state.departed ? [] : [() => this.#admit(author)]),
      ...(rekeying ? [() => account.rekey(author, this.#fresh(2 + state.live.size))] : []),
      ...(resting ? Array.from({ length: 4 }, () => () => this.#commit(author, choice)) : []),
    ];
  }

  #admit(author: Device): Promise<void> {
    const newcomer = this.#take();
    return this.account.admit(author, newcomer, `machine ${pool.indexOf(newcomer)}`, true);
  }

  /** Drops the oldest object now and then, but never the map. */
  #commit(author: Device, choice: number): Promise<void> {
    const { live, map } = this.account.state;
    const oldest = [...live.keys()].filter((id) => id !== map?.id.toHex()).slice(0, choice % 3);
    const numbers = oldest.map((id) => Number.parseInt(id, 16));
    return this.account.commit(author, this.#fresh(1 + (choice % 3)), numbers);
  }

  #take(): Device {
    const device = this.#unused.shift();
    if (device === undefined) throw new TypeError('Cannot admit: no machine is left');
    return device;
  }

  #fresh(count: number): number[] {
    return Array.from({ length: count }, () => this.#nextObject++);
  }
}
