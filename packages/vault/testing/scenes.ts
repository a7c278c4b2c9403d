import { classicSuite } from '../src/device/suite.ts';
import { deviceNamed, TestAccount } from './account.ts';

export const laptop = deviceNamed('laptop');
export const phone = deviceNamed('phone');
/** Removed from every scene that has several machines. */
export const tablet = deviceNamed('tablet');
/** Never admitted. */
export const stranger = deviceNamed('stranger');
/** Not post-quantum. */
export const oldBox = deviceNamed('old box', classicSuite);

/** Laptop alone, without an object. */
function empty(): Promise<TestAccount> {
  return TestAccount.found(laptop);
}

/**
 * Laptop, phone and old box in epoch 2, at rest. Kept: manifests 10 and 20, the map 11, objects 13 and 21.
 * Dropped: 1, 2, 3, 12. The head is entry 7.
 */
async function settled(): Promise<TestAccount> {
  const account = await empty();
  await account.admit(laptop, phone, 'phone');
  await account.admit(laptop, oldBox, 'old box', true);
  await account.admit(phone, tablet, 'tablet');
  await account.commit(tablet, [1, 2, 3]);
  await account.rotate(laptop, [tablet]);
  await account.rekey(phone, [10, 11, 12, 13]);
  await account.commit(phone, [20, 21], [12]);
  return account;
}

/** `settled`, and epoch 3 open. */
async function rekeying(): Promise<TestAccount> {
  const account = await settled();
  await account.rotate(laptop);
  return account;
}

/** `settled`, and phone has left by itself. */
async function departed(): Promise<TestAccount> {
  const account = await settled();
  await account.leave(phone);
  return account;
}

/** `rekeying`, and phone has left by itself. */
async function rekeyingDeparted(): Promise<TestAccount> {
  const account = await rekeying();
  await account.leave(phone);
  return account;
}

/** The last machine has left. */
async function closed(): Promise<TestAccount> {
  const account = await empty();
  await account.leave(laptop);
  return account;
}

/** Old box alone, without an object. */
function classic(): Promise<TestAccount> {
  return TestAccount.found(oldBox);
}

const makers = { empty, settled, rekeying, departed, rekeyingDeparted, closed, classic };
export type SceneName = keyof typeof makers;

const made = new Map<SceneName, Promise<TestAccount>>();

/** A copy of an account in the state that its name says. */
export async function scene(name: SceneName): Promise<TestAccount> {
  const account = made.get(name) ?? makers[name]();
  made.set(name, account);
  return (await account).copy();
}
