import type { ProxyDriver } from './drivers/proxy-driver.ts';

/** A driver that is started when it is first asked for; a start that failed is tried again. */
export class SharedDriver implements AsyncDisposable {
  readonly #start: () => Promise<ProxyDriver>;
  #driver: Promise<ProxyDriver> | undefined;
  #isDisposed = false;

  constructor(start: () => Promise<ProxyDriver>) {
    this.#start = start;
  }

  /** @throws Error when it can't be started: the machine lacks something. */
  get(): Promise<ProxyDriver> {
    if (this.#isDisposed) return Promise.reject(new Error('Cannot start the driver of proxies: the relay stops'));
    const driver = (this.#driver ??= this.#start());
    driver.catch(() => {
      if (this.#driver === driver) this.#driver = undefined;
    });
    return driver;
  }

  /** The driver, when it was started. */
  get started(): Promise<ProxyDriver> | undefined {
    return this.#driver;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    const driver = await this.#driver?.catch(() => undefined);
    await driver?.[Symbol.asyncDispose]();
  }
}
