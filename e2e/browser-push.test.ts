import assert from 'node:assert/strict';
import { createECDH, randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Browser, BrowserContext, CDPSession, Page, WebSocket } from 'playwright-core';
import { accessibilityProblems } from './support/accessibility.ts';
import { launchBrowser, screenshot } from './support/browser.ts';
import { signedInDevice, signOutOfIssuer } from './support/device.ts';
import { TestStack, until } from './support/test-stack.ts';

const NAMES = new URL('./support/public-names.ts', import.meta.url).href;

/**
 * No push service can be reached from here. The browser's own way to one (`PushManager`) is therefore replaced in the
 * page; what the worker does with a notice is tested with the debugger's `deliverPushMessage`, which needs none.
 */
describe('notifications', () => {
  let stack: TestStack;
  let browser: Browser;
  let page: Page;
  let debug: CDPSession;
  let registrationId = '';
  before(async () => {
    stack = await TestStack.start({ web: true, relayEnv: { NODE_OPTIONS: `--import=${NAMES}` } });
    browser = await launchBrowser();
    page = await signedInDevice(browser, stack, { viewport: { width: 1024, height: 768 } });
    await replacePushService(page.context());
    debug = await page.context().newCDPSession(page);
    debug.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      registrationId = registrations[0]?.registrationId ?? registrationId;
    });
    await debug.send('ServiceWorker.enable');
    await until('the worker is there', 10_000, () =>
      page.evaluate(async () => (await navigator.serviceWorker.ready).active?.state === 'activated'),
    );
  });
  after(async () => {
    await browser?.close();
    await stack?.[Symbol.asyncDispose]();
  });

  const openSettings = async (): Promise<void> => {
    await page.goto(`${stack.stack.url}/settings`);
    await page.getByRole('heading', { name: 'Notifications', exact: true }).scrollIntoViewIfNeeded();
  };
  const deliver = (notice: unknown) =>
    debug.send('ServiceWorker.deliverPushMessage', {
      origin: stack.stack.url,
      registrationId,
      data: typeof notice === 'string' ? notice : JSON.stringify(notice),
    });
  const shown = (): Promise<{ title: string; body: string }[]> =>
    page.evaluate(async () => {
      const { registration } = { registration: await navigator.serviceWorker.ready };
      return (await registration.getNotifications()).map(({ title, body }) => ({ title, body }));
    });
  /** Closing takes the browser a moment: what still counts as shown would pass for the next one. */
  const closeAll = (): Promise<void> =>
    until('none is shown', 5_000, async () => {
      await page.evaluate(async () => {
        for (const one of await (await navigator.serviceWorker.ready).getNotifications()) one.close();
      });
      return (await shown()).length === 0;
    });
  /** Delivers a notice where nothing is shown, and is told what the worker shows for it. */
  const shownFor = async (notice: unknown): Promise<{ title: string; body: string }> => {
    await closeAll();
    await deliver(notice);
    await until('it is shown', 10_000, async () => (await shown()).length === 1);
    const [one] = await shown();
    assert.ok(one);
    return one;
  };

  it('says that they are blocked, and how to allow them', async () => {
    await page.addInitScript(() =>
      Object.defineProperty(Notification, 'permission', { configurable: true, get: () => 'denied' }),
    );
    await openSettings();
    await page.getByText('Blocked in this browser.').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Show them on this device' }).count(), 0);
  });

  it('are turned on for a device, which is then listed with the others, and off again', async () => {
    const context = page.context();
    await page.close();
    page = await context.newPage();
    page.setDefaultTimeout(15_000);
    await context.grantPermissions(['notifications']);
    await openSettings();
    await page.getByRole('button', { name: 'Show them on this device' }).click();
    await page.getByText('This device shows notifications.').waitFor();
    await page.getByText(/Chrome, .*this device/).waitFor();
    const { subscriptions } = await stack.client.push.get();
    assert.deepEqual(
      subscriptions.map(({ endpointOrigin }) => endpointOrigin),
      ['https://push.example.com'],
    );
    // Who turns them on wants some.
    assert.equal((await stack.client.account.settings()).notifications.answers, true);
    await page.getByRole('switch', { name: 'When a computer goes offline' }).check();
    await until('it is stored', 5_000, async () => (await stack.client.account.settings()).notifications.computers);
    await page.getByRole('switch', { name: 'When a computer goes offline' }).uncheck();
    await screenshot(page, 'settings-notifications');
    assert.deepEqual(await accessibilityProblems(page), []);
    await page.getByRole('button', { name: /^No more notifications on Chrome/ }).click();
    await page.getByText('This device shows no notifications.').waitFor();
    await page.getByText('None yet.').waitFor();
    assert.deepEqual((await stack.client.push.get()).subscriptions, []);
  });

  it('can be turned off on the device itself', async () => {
    await page.getByRole('button', { name: 'Show them on this device' }).click();
    await page.getByText('This device shows notifications.').waitFor();
    await page.getByRole('button', { name: 'No longer on this device' }).click();
    await page.getByText('This device shows no notifications.').waitFor();
    assert.deepEqual((await stack.client.push.get()).subscriptions, []);
  });

  it('are shown with the name of the conversation, in the person’s language', async () => {
    debug = await page.context().newCDPSession(page);
    await debug.send('ServiceWorker.enable');
    assert.deepEqual(
      await shownFor({ type: 'answer', conversationId: 'conv-1', messageId: 'msg-1', title: 'Tea or coffee?' }),
      { title: 'Tea or coffee?', body: 'The answer is done.' },
    );
    await page.getByRole('combobox', { name: 'Language' }).selectOption('Deutsch');
    await page.getByRole('heading', { name: 'Einstellungen' }).waitFor();
    // The worker hears of the language from what the page stores for it, in the background.
    await until('it is in German', 15_000, async () => {
      const one = await shownFor({ type: 'computer', bridgeId: 'bridge-1', name: 'studio', status: 'disconnected' });
      return one.title === 'studio' && one.body === 'Dein Computer ist offline gegangen.';
    });
    await stack.client.account.changeSettings({ language: 'en' });
    await page.getByRole('heading', { name: 'Settings', exact: true }).waitFor();
  });

  it('are shown too when nobody knows what they mean', async () => {
    await until('they are shown in English', 15_000, async () => {
      const { body } = await shownFor('{"type":"of the future"}');
      return body === 'There is something new.';
    });
    assert.equal((await shownFor('no JSON at all')).body, 'There is something new.');
  });

  it('lead to their conversation in the tab that is open', async () => {
    const conversation = await stack.client.conversations.create({ model: 'tiny-demo:latest', title: 'Led here' });
    const notice = { type: 'answer', conversationId: conversation.id, messageId: 'msg-1', title: 'Led here' };
    assert.equal((await shownFor(notice)).title, 'Led here');
    const [worker] = page.context().serviceWorkers();
    assert.ok(worker);
    // Nobody can press a notification of a browser without a screen: the event is made in the worker.
    await worker.evaluate(async () => {
      const scope = globalThis as unknown as {
        registration: ServiceWorkerRegistration;
        NotificationEvent: new (type: string, init: { notification: Notification }) => Event;
      }; // as: a worker's, whose types e2e does not have
      const [notification] = await scope.registration.getNotifications();
      if (notification) globalThis.dispatchEvent(new scope.NotificationEvent('notificationclick', { notification }));
    });
    await page.waitForURL((url) => url.pathname === `/c/${conversation.id}`);
    await page.getByRole('heading', { name: 'Led here' }).waitFor();
    await until('it is closed', 5_000, async () => (await shown()).length === 0);
  });

  it('come of a conversation that nobody looks at: its tab lets go of it while it is hidden, and misses nothing', async () => {
    const conversation = await stack.client.conversations.create({ model: 'tiny-demo:latest', title: 'Hidden' });
    const open = new Set<WebSocket>();
    page.on('websocket', (socket) => {
      if (!socket.url().includes(`/ws/chat/${conversation.id}`)) return;
      open.add(socket);
      socket.on('close', () => open.delete(socket));
    });
    await page.goto(`${stack.stack.url}/c/${conversation.id}`);
    await until('it is watched', 10_000, async () => open.size === 1);
    await setHidden(page, true);
    await until('it is let go of', 15_000, async () => open.size === 0);
    const { content } = await stack.client.messages.ask(conversation.id, 'Asked while nobody looked');
    await setHidden(page, false);
    await until('it is watched again', 10_000, async () => open.size === 1);
    await page.getByText('Asked while nobody looked').first().waitFor();
    await page
      .getByRole('article', { name: /tiny-demo/ })
      .getByText(content.slice(0, 10))
      .first()
      .waitFor();
  });

  it('end when the person signs out, at the relay too', async () => {
    await openSettings();
    await page.getByRole('button', { name: 'Show them on this device' }).click();
    await page.getByText('This device shows notifications.').waitFor();
    assert.equal((await stack.client.push.get()).subscriptions.length, 1);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await signOutOfIssuer(page);
    assert.deepEqual((await stack.client.push.get()).subscriptions, []);
  });
});

/** A browser without a screen hides no page: what the page asks is answered for it. */
async function setHidden(page: Page, isHidden: boolean): Promise<void> {
  await page.evaluate((hidden) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
    document.dispatchEvent(new Event('visibilitychange'));
  }, isHidden);
}

/** Gives the page a push service that takes every subscription; its keys are real, so that the relay takes them. */
async function replacePushService(context: BrowserContext): Promise<void> {
  const keys = createECDH('prime256v1');
  keys.generateKeys();
  const answer = {
    endpoint: 'https://push.example.com/a-secret-address',
    keys: { p256dh: keys.getPublicKey('base64url'), auth: randomBytes(16).toString('base64url') },
  };
  await context.addInitScript((json) => {
    let isOn = false;
    const subscription = {
      toJSON: () => json,
      unsubscribe: async () => {
        isOn = false;
        return true;
      },
    };
    Object.assign(PushManager.prototype, {
      getSubscription: async () => (isOn ? subscription : null),
      subscribe: async ({ applicationServerKey }: { applicationServerKey: string }) => {
        // As Chromium does: the key of the relay has to be one.
        if (atob(applicationServerKey.replaceAll('-', '+').replaceAll('_', '/')).length !== 65)
          throw new Error('no key');
        isOn = true;
        return subscription;
      },
    });
  }, answer);
}
