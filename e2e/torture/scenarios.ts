import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../support/test-stack.ts';
import type { Home } from './home.ts';
import { RELAY_NAME } from './lab-network.ts';

const DAY_MS = 24 * 60 * 60_000;
/** For what is noticed by silence alone. */
const NOTICE_MS = 40_000;

export interface Scenario {
  name: string;
  /** Of the answer that runs through it. */
  answerSeconds: number;
  /** What becomes of that answer. */
  answer: 'resumed' | 'ended';
  /** What both sides must have said meanwhile; absent: it may be over before it is noticed. */
  bridgeSays?: RegExp;
  relaySays?: RegExp;
  /** The network is far away, and not through the relay's own address. */
  delayMs?: number;
  /** It is done to the relay: one of its own. */
  ownRelay?: boolean;
  /** Does it; resolves when it is over and the bridge could be back. */
  harm(home: Home): Promise<void>;
  /** What else must be true when it is back. */
  after?(home: Home): Promise<void>;
}

const AWAY = /^(offline|connecting)$/;
const GONE = /^disconnected/;

const loses = (share: number): string[] =>
  ['INPUT', 'OUTPUT'].map(
    (chain) =>
      `-A ${chain} ${chain === 'INPUT' ? '-i' : '-o'} eth0 -m statistic --mode random --probability ${share} -j DROP`,
  );

/** Does something to the packets of the open connections alone, and waits until the bridge has noticed. */
async function harmConnections(home: Home, rule: (local: number, port: number) => string): Promise<void> {
  const since = performance.now();
  const { port } = home.relay;
  const rules = (await home.network.localPorts(port)).map((local) => rule(local, port));
  await home.network.filter(...rules);
  await until(
    `${home.name} notices`,
    NOTICE_MS,
    () => home.states.first(since, (state) => AWAY.test(state)) !== undefined,
  );
}

/** Resets them, as a router does that forgot them. */
const cut = (home: Home): Promise<void> =>
  harmConnections(
    home,
    (local, port) => `-I OUTPUT -p tcp --sport ${local} --dport ${port} -j REJECT --reject-with tcp-reset`,
  );

/** Lets what they bring in one direction vanish: neither end is told. */
const halfOpen = (home: Home, to: 'bridge' | 'relay'): Promise<void> =>
  harmConnections(home, (local, port) =>
    to === 'bridge'
      ? `-A INPUT -p tcp --sport ${port} --dport ${local} -j DROP`
      : `-A OUTPUT -p tcp --sport ${local} --dport ${port} -j DROP`,
  );

async function jump(home: Home, byMs: number): Promise<void> {
  writeFileSync(home.clockFile, String(byMs));
  home.bridge.process.kill('SIGUSR2');
  await cut(home);
}

async function startWithClock(home: Home, aheadMs: number): Promise<void> {
  await home.bridge.stop();
  writeFileSync(home.clockFile, String(aheadMs));
  home.startBridge();
}

/** The answer goes on, and the bridge must have noticed that the connection was lost. */
const RESUMED = { answer: 'resumed', bridgeSays: AWAY } as const;

const blackHole = (seconds: number): Pick<Scenario, 'relaySays' | 'bridgeSays' | 'harm'> => ({
  bridgeSays: AWAY,
  relaySays: GONE,
  async harm({ network }) {
    await network.filter('-A INPUT -i eth0 -j DROP', '-A OUTPUT -o eth0 -j DROP');
    await sleep(seconds * 1000);
    await network.clear();
  },
});

/** By SIGSTOP: the bridge itself notices nothing. */
const suspended = (seconds: number): Pick<Scenario, 'relaySays' | 'harm'> => ({
  relaySays: GONE,
  async harm({ bridge }) {
    bridge.process.kill('SIGSTOP');
    await sleep(seconds * 1000);
    bridge.process.kill('SIGCONT');
  },
});

/** Both ways that a clock can be wrong. */
const CLOCKS = [
  ['two days ahead', 2 * DAY_MS],
  ['two days behind', -2 * DAY_MS],
] as const;

const jumpingClocks = CLOCKS.map(([how, aheadMs]): Scenario => ({
  name: `clock ${how}, connection cut`,
  answerSeconds: 20,
  ...RESUMED,
  harm: (home) => jump(home, aheadMs),
}));

const wrongClocks = CLOCKS.map(([how, aheadMs]): Scenario => ({
  name: `bridge started with its clock ${how}`,
  answerSeconds: 60,
  answer: 'ended',
  relaySays: GONE,
  harm: (home) => startWithClock(home, aheadMs),
}));

const halfOpenTo = (end: 'bridge' | 'relay'): Scenario => ({
  name: `half-open: nothing arrives at the ${end}`,
  answerSeconds: 40,
  ...RESUMED,
  harm: (home) => halfOpen(home, end),
});

/** A relay that goes and comes back: it has forgotten the answer. */
const relayAway = (name: string, harm: Scenario['harm']): Scenario => ({
  name,
  answerSeconds: 60,
  answer: 'ended',
  bridgeSays: AWAY,
  ownRelay: true,
  harm,
});

/** What is done to each home, one after the other. */
export const SCENARIOS: readonly (readonly Scenario[])[] = [
  [
    {
      name: 'loss of 20 % both ways, connection cut after 15 s',
      answerSeconds: 40,
      ...RESUMED,
      async harm(home) {
        await home.network.filter(...loses(0.2));
        await sleep(15_000);
        await cut(home);
      },
    },
  ],
  [
    {
      name: 'delay of 500 ms each way, connection cut after 5 s',
      answerSeconds: 30,
      ...RESUMED,
      delayMs: 500,
      async harm(home) {
        await sleep(5000);
        await cut(home);
      },
    },
  ],
  [{ name: 'black hole of 30 s', answerSeconds: 50, answer: 'resumed', ...blackHole(30) }],
  [
    { name: 'another address', answerSeconds: 30, ...RESUMED, harm: ({ network }) => network.changeAddress() },
    halfOpenTo('bridge'),
  ],
  [halfOpenTo('relay'), ...jumpingClocks],
  wrongClocks,
  [
    relayAway('relay restarted (SIGTERM)', async ({ relay }) => {
      await relay.child.stop();
      await relay.startProcess();
    }),
    relayAway('relay killed (SIGKILL), away for 10 s', async ({ relay }) => {
      await relay.child.kill();
      await sleep(10_000);
      await relay.startProcess();
    }),
  ],
  [{ name: 'bridge suspended for 20 s (SIGSTOP)', answerSeconds: 40, answer: 'resumed', ...suspended(20) }],
  [
    {
      name: 'names cannot be looked up for 15 s, connection cut',
      answerSeconds: 35,
      ...RESUMED,
      relaySays: GONE,
      async harm(home) {
        const { network, relay } = home;
        network.setNames({});
        await cut(home);
        await sleep(15_000);
        network.setNames({ [RELAY_NAME]: new URL(relay.url).hostname });
      },
    },
    {
      name: 'network unplugged for 15 s',
      answerSeconds: 35,
      answer: 'resumed',
      async harm({ network }) {
        await network.run('ip', 'link', 'set', 'eth0', 'down');
        await sleep(15_000);
        await network.run('ip', 'link', 'set', 'eth0', 'up');
      },
    },
  ],
  [
    {
      name: 'engine updated: away for 5 s, other models',
      answerSeconds: 60,
      answer: 'ended',
      bridgeSays: /^engine-down$/,
      relaySays: /^connected, disconnected/,
      async harm(home) {
        await home.stopEngine();
        await sleep(5000);
        await home.startEngine('--with-broken-model');
      },
      async after(home) {
        const { models } = (await home.relay.client.bridges.list()).find(({ name }) => name === home.name)!.client;
        if (!models.some((model) => model.startsWith('tiny-demo-broken')))
          throw new Error('the relay does not know the new models');
      },
    },
  ],
];

/** For which a test has no time. The grace period begins when the relay notices, after 15 s at most. */
export const LONG_SCENARIOS: readonly (readonly Scenario[])[] = [
  [
    {
      name: 'bridge suspended for 120 s, longer than the grace period',
      answerSeconds: 60,
      answer: 'ended',
      ...suspended(120),
    },
  ],
  [
    {
      name: 'black hole of 120 s, longer than the grace period',
      answerSeconds: 60,
      answer: 'ended',
      ...blackHole(120),
    },
  ],
];
