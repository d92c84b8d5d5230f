// What the page says, from what the bridge tells it: GET /api/state.

const STATES = {
  online: 'Online',
  connecting: 'Connecting',
  'engine-down': 'No engine',
  offline: 'Offline',
};

const ERRORS = {
  cancelled: 'stopped by who asked',
  engine_error: 'the engine reported an error',
  engine_failed: 'the engine broke off',
  engine_unreachable: 'the engine did not answer',
  idle_timeout: 'the engine was silent for too long',
  link_lost: 'the connection to the relay was lost',
  policy_denied: 'not allowed by the policy',
  protocol_error: 'not a request that can be forwarded',
  refused: 'too many at the same time',
  shutting_down: 'the bridge was stopped',
};

export function stateWords({ state, pause }) {
  if (pause.isOn && state === 'offline') return 'Paused';
  return STATES[state] ?? state;
}

export function errorWords(code) {
  const [, status] = /^http_(\d{3})$/.exec(code) ?? [];
  return status ? `the engine answered ${status}` : (ERRORS[code] ?? code);
}

/** 0.4 s, 12 s, 3 min 20 s, 2 h 5 min. */
export function duration(milliseconds) {
  const seconds = milliseconds / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  const units = ['KB', 'MB', 'GB', 'TB'];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** "≈": counted by the pieces of the answer, not by the engine. */
export function speed({ tokensPerSecond, isCounted }) {
  return `${isCounted ? '' : '≈ '}${tokensPerSecond} tokens/s`;
}

/** The time, with the day where that was not today. */
export function clock(time, now = Date.now()) {
  const date = new Date(time);
  const options = { hour: '2-digit', minute: '2-digit', second: '2-digit' };
  const isToday = date.toDateString() === new Date(now).toDateString();
  return date.toLocaleString('en-GB', isToday ? options : { day: 'numeric', month: 'short', ...options });
}

/** One request in figures: what is known of it, in the order in which it came to be known. */
export function requestFacts(request, isRunning) {
  return [
    clock(request.startedAt),
    duration(request.durationMs),
    ...(request.bytes > 0 ? [size(request.bytes)] : []),
    ...(request.speed ? [speed(request.speed)] : []),
    ...(request.engine ? [request.engine] : []),
    ...(request.error ? [] : [isRunning ? (request.status ? 'answering' : 'waiting for the engine') : 'done']),
  ];
}
