import type { Provider } from 'oidc-provider';
import { addressKey } from '../address-key.ts';
import { attemptCounter } from '../attempt-counter.ts';
import { laterPage } from './pages.ts';

/** As long as a code lives: of 20^8 possible ones, an address gets to try ten. */
const LIMIT = { attempts: 10, seconds: 10 * 60 };

/** Lets an address type only so many wrong codes of the device flow. To be set up before the issuer's own middleware. */
export function throttleUserCodes(provider: Provider): void {
  const counter = attemptCounter(LIMIT);
  provider.use(async (context, next) => {
    if (context.method !== 'POST' || !isCodePage(context.path)) return next();
    const key = addressKey(context.ip);
    const seconds = await counter.take(key);
    if (seconds !== undefined) {
      context.status = 429;
      context.set('Retry-After', String(seconds));
      context.type = 'html';
      context.body = laterPage({ what: 'codes', seconds });
      return;
    }
    await next();
    // The issuer has found the code that was typed: it was none too many, whatever became of it.
    if (context.oidc?.entities.DeviceCode !== undefined) await counter.giveBack(key);
  });
}

/** The issuer's router takes any case, and a slash at the end. */
function isCodePage(path: string): boolean {
  return /^\/device\/?$/i.test(path);
}
