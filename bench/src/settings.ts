/** How much is measured. */
export interface Settings {
  rounds: number;
  /** First tokens per round, and before the first one. */
  samples: number;
  warmUp: number;
  /** Paced streams run this long per round. */
  pacedSeconds: number;
  /** Tokens of each unpaced stream per round. */
  unpacedTokens: number;
  idleBridges: number;
  /** How long the relay is left alone before its memory is read. */
  settleSeconds: number;
  pingSeconds: number;
  stallSeconds: number;
  /** A bridge of which nobody asks anything is watched for this long. */
  bridgeIdleSeconds: number;
  /** Conversations of ten messages each that are listed and searched. */
  conversations: number;
  /** Of each page and each search, per round. */
  lookups: number;
  /** Of the answer that the web app shows. */
  webTokens: number;
}

export const FULL: Settings = {
  rounds: 3,
  samples: 500,
  warmUp: 500,
  pacedSeconds: 10,
  unpacedTokens: 12_000,
  idleBridges: 5000,
  settleSeconds: 30,
  pingSeconds: 30,
  stallSeconds: 60,
  bridgeIdleSeconds: 300,
  conversations: 10_000,
  lookups: 40,
  webTokens: 5000,
};

/** Enough to see that everything works and roughly where it stands. */
export const QUICK: Settings = {
  rounds: 1,
  samples: 200,
  warmUp: 200,
  pacedSeconds: 3,
  unpacedTokens: 4000,
  idleBridges: 500,
  settleSeconds: 5,
  pingSeconds: 12,
  stallSeconds: 10,
  bridgeIdleSeconds: 60,
  conversations: 10_000,
  lookups: 10,
  webTokens: 1500,
};
