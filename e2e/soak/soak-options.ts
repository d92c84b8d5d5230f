/** How long and how hard the soak is. */
export interface SoakOptions {
  users: number;
  /** Of each user. */
  bridges: number;
  /** How long people ask; what they have asked is waited for afterwards. */
  seconds: number;
  /** The same seed draws the same plan; when what happens is up to the network and the processes. */
  seed: number;
  /** Between two cuts of one bridge's socket, between two of one client's, and between two naps of one user's bridges. */
  bridgeCutMs: number;
  clientCutMs: number;
  napMs: number;
  /** The longest pause of a user between two things. */
  pauseMs: number;
  /** What the engine says a second, to each. */
  tokensPerSecond: number;
  /** For all that was asked to come to its end. */
  settleSeconds: number;
}

/** What the project promises to survive. */
export const FULL: Omit<SoakOptions, 'seed'> = {
  users: 50,
  bridges: 3,
  seconds: 300,
  bridgeCutMs: 400,
  clientCutMs: 400,
  napMs: 8_000,
  pauseMs: 8_000,
  tokensPerSecond: 12,
  settleSeconds: 180,
};

/** The same, shorter, for the tests. */
export const SHORT: Omit<SoakOptions, 'seed'> = {
  users: 5,
  bridges: 2,
  seconds: 20,
  bridgeCutMs: 300,
  clientCutMs: 300,
  napMs: 6_000,
  pauseMs: 600,
  tokensPerSecond: 25,
  settleSeconds: 120,
};
