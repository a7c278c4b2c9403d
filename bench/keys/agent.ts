// What a signature by an agent takes, with one connection that stays open, as a forwarded agent has it.
import { Writer } from '@orrery/bytes';
import { type PrivateKey, generatePrivateKey } from '@orrery/keys';
import { AgentClient } from '@orrery/ssh';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { cpuOf } from '../processes.ts';
import { remark, report } from '../report.ts';
import { median } from './in-turn.ts';

/** The first ones are slower: functions are compiled when they have run often. */
const WARM_UP = 500;
const SIGNATURES = 2000;

interface Agent {
  readonly process: ChildProcess;
  readonly socket: string;
  readonly client: AgentClient;
  /** Milliseconds of each signature of one key. */
  times: number[];
}

export async function benchAgent(dist: string, folder: string): Promise<void> {
  if (spawnSync('ssh-agent', ['-?'], { stdio: 'ignore' }).error !== undefined) {
    remark('ssh-agent', 'is not here: Debian has it as openssh-client');
    return;
  }
  const [ours, theirs] = [
    await start(join(dist, 'qssh-agent'), join(folder, 'qssh-agent')),
    await start('ssh-agent', join(folder, 'ssh-agent')),
  ];
  try {
    for (const type of ['ssh-ed25519', 'ssh-rsa', 'ecdsa-sha2-nistp256'])
      await compareAgents([ours, theirs], await generatePrivateKey(type, 'bench', {}));
  } finally {
    for (const { process: child, client } of [ours, theirs]) {
      client.close();
      child.kill();
    }
  }
}

async function start(program: string, socket: string): Promise<Agent> {
  const child = spawn(program, ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return { process: child, socket, client: new AgentClient(connect(socket)), times: [] };
}

async function compareAgents(agents: readonly [Agent, Agent], key: PrivateKey): Promise<void> {
  const [algorithm = ''] = key.signer().algorithms;
  const login = signedLogin(key, algorithm);
  for (const agent of agents) {
    await agent.client.add(key);
    agent.times = [];
  }
  const cpu = agents.map(() => 0);
  for (let run = -WARM_UP; run < SIGNATURES; run++) {
    if (run === 0) for (const [index, agent] of agents.entries()) cpu[index] = cpuOf(agent.process.pid ?? 0);
    for (const { client, times } of agents) {
      const begin = performance.now();
      await client.sign(key.publicKey, login, algorithm);
      if (run >= 0) times.push(performance.now() - begin);
    }
  }
  const spent = agents.map(
    (agent, index) => ((cpuOf(agent.process.pid ?? 0) - (cpu[index] ?? 0)) * 1000) / SIGNATURES,
  );
  const [own, other] = [median(agents[0].times), median(agents[1].times)];
  report(`${key.type}: p50 of a signature by qssh-agent beside ssh-agent`, own / other, 'x', 1);
  const figures = [own, other].map(
    (time, index) => `${(time * 1000).toFixed(0)} and ${spent[index]?.toFixed(0)} us`,
  );
  remark('the same, and CPU time of the agent: ours; theirs', figures.join('; '));
}

/** What a client has signed when it logs in (RFC 4252, section 7). */
function signedLogin({ publicKey }: PrivateKey, algorithm: string): Uint8Array {
  return new Writer()
    .string(new Uint8Array(32).fill(7))
    .byte(50)
    .text('alice')
    .text('ssh-connection')
    .text('publickey')
    .boolean(true)
    .text(algorithm)
    .string(publicKey)
    .finish();
}
