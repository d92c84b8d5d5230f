import { execFile } from 'node:child_process';

const BRIDGE_MAIN = new URL('../../apps/bridge/src/main.ts', import.meta.url).pathname;
const TIMEOUT_MS = 60_000;
/** The shell's own, which say where the test machine's traffic goes. */
const NO_PROXIES = { HTTPS_PROXY: '', HTTP_PROXY: '', NO_PROXY: '', https_proxy: '', http_proxy: '', no_proxy: '' };

export interface BridgeRun {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs one command of the bridge to its end, with the credentials in `home`. */
export function runBridge(home: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<BridgeRun> {
  const { promise, resolve } = Promise.withResolvers<BridgeRun>();
  const options = { env: bridgeEnv(home, env), timeout: TIMEOUT_MS };
  execFile(process.execPath, [BRIDGE_MAIN, ...args], options, (error, stdout, stderr) => {
    resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
  });
  return promise;
}

/** What a bridge of a test is started with. */
export function bridgeEnv(home: string, env: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return { ...process.env, ...NO_PROXIES, CLOUDTOLOCALLLM_HOME: home, NO_COLOR: '1', ...env };
}

/** The arguments of a bridge's command for `Child`. */
export function bridgeArgs(...args: string[]): string[] {
  return [BRIDGE_MAIN, ...args];
}
