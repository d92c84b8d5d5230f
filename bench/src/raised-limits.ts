/** The relay's limits as they are in every run: in force, and so high that nothing is refused (a 429 fails the run). */
export const RAISED_LIMITS = {
  RATE_LIMIT_USER_PER_HOUR: '1000000000',
  RATE_LIMIT_BRIDGE_PER_HOUR: '1000000000',
  RATE_LIMIT_ADDRESS_PER_HOUR: '1000000000',
  RATE_LIMIT_STREAMS_PER_USER: '100000',
  PROXY_MAX_PER_USER: '300',
  PROXY_MAX_TOTAL: '300',
  PROXY_MAX_CONCURRENT: '1000',
} as const;
