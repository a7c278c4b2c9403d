import { MemoryRelay, openRoom, Room } from '@orrery/rendezvous';
import {
  admitNewcomer,
  askForAdmission,
  beginFounding,
  complete,
  Device,
  finishFounding,
  Home,
  HttpRemote,
  hybridSuite,
  joinLedger,
  makeHello,
  meetNewcomer,
  openClient,
  type Account,
  type Client,
  type RemoteEvents,
  type Suite,
} from '@orrery/vault';
import { randomSecrets } from '../../../packages/rendezvous/testing/random-secrets.ts';
import type { Machine } from './machine.ts';

const unheard: RemoteEvents = { clockDiffers: () => undefined, serverBusy: () => undefined };

/** Sets a machine up as the first of an account, as `ssh-sync setup` does. */
export async function found(
  machine: Machine,
  server: string,
  username: string,
  suite: Suite = hybridSuite,
): Promise<Account> {
  const home = Home.open(machine.state);
  const pending = await beginFounding(home, { server, username, machine: machine.name }, suite);
  return finishFounding(home, pending, undefined, unheard);
}

/** Opens the machine's state as its own client does: from here on the caller can do all that the machine can. */
export async function takeOver(machine: Machine): Promise<Client> {
  const client = await openClient(Home.open(machine.state), unheard, true);
  await client.session.refresh();
  return client;
}

/** Sets a machine up as one more of the account, as `setup --existing` does, but in a room of no server. */
export async function enrol(admitter: Machine, machine: Machine, suite: Suite = hybridSuite): Promise<void> {
  const { account, session } = await takeOver(admitter);
  const home = Home.open(machine.state);
  const device = Device.generate(suite);
  home.writeDevice('device', device);
  const { server, username } = account;
  const relay = new MemoryRelay();
  const secrets = randomSecrets();
  const inside = await openRoom(relay, secrets);
  const outside = new Room(relay, secrets, 'admitter');
  const hello = await makeHello(device, username, machine.name);
  const [admission] = await Promise.all([
    askForAdmission(inside, hello),
    meetNewcomer(outside, username).then((met) => admitNewcomer(session, outside, met, true)),
  ]);
  const own: Account = { ...account, machine: machine.name };
  const remote = new HttpRemote(new URL(server), device, own, unheard);
  complete(home, own, await joinLedger(remote, device, username, admission));
}
