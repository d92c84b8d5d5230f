import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { WebSocket } from 'ws';
import { readForm, TestBrowser } from '../../apps/relay/src/accounts/embedded/test-browser.ts';
import type { TestStack } from './test-stack.ts';

const WEB = 'cloudtolocalllm-web';
const BRIDGE = 'cloudtolocalllm-bridge';

interface IssuedTokens {
  access_token: string;
  refresh_token: string;
  id_token: string;
}

/** An answer's status and text. */
export interface Said {
  status: number;
  text: string;
}

/** All that one can do with secrets on a stack, rightly and wrongly; each says what there was to keep. */
export function secretLife({ stack, authorization }: TestStack) {
  const { url } = stack;

  async function send(path: string, options: RequestInit = {}): Promise<Said> {
    const response = await fetch(url + path, options);
    return { status: response.status, text: await response.text() };
  }

  /** A call with the stack's token and a body of JSON. */
  function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Said> {
    return send(path, {
      method: 'POST',
      headers: { ...authorization, 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  }

  function askForTokens(fields: Record<string, string>): Promise<Said> {
    return send('/oidc/token', { method: 'POST', body: new URLSearchParams(fields) });
  }

  return {
    send,
    post,

    /** Signs in with the wrong password, then with the right one, and refreshes. */
    async signIn(wrong: string, right: string): Promise<{ tokens: IssuedTokens[]; code: string }> {
      const browser = new TestBrowser();
      const verifier = randomBytes(32).toString('base64url');
      const redirect = `${url}/auth/callback`;
      const address = new URL(`${url}/oidc/auth`);
      address.search = new URLSearchParams({
        client_id: WEB,
        response_type: 'code',
        redirect_uri: redirect,
        scope: 'openid profile offline_access',
        state: 'the-state',
        nonce: 'the-nonce',
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
      }).toString();
      const { response } = await browser.follow(await browser.open(address), `${url}/oidc/`);
      const form = await readForm(response);
      const refused = await browser.open(form.action, { ...form.fields, password: wrong });
      assert.equal(refused.status, 401);
      const again = await readForm(refused);
      const { location } = await browser.follow(
        await browser.open(again.action, { ...again.fields, password: right }),
        `${url}/oidc/`,
      );
      const code = location?.searchParams.get('code') ?? assert.fail('the right password was refused');
      const first = await askForTokens({
        client_id: WEB,
        grant_type: 'authorization_code',
        code,
        redirect_uri: redirect,
        code_verifier: verifier,
      });
      assert.equal(first.status, 200);
      const signedIn = JSON.parse(first.text) as IssuedTokens; // the issuer's own answer
      const { refresh_token } = signedIn;
      const refresh = { client_id: WEB, grant_type: 'refresh_token', refresh_token };
      const second = await askForTokens(refresh);
      assert.equal(second.status, 200);
      // A stolen one: the issuer ends the grant, and has something to say about it.
      assert.equal((await askForTokens(refresh)).status, 400);
      return { tokens: [signedIn, JSON.parse(second.text) as IssuedTokens], code };
    },

    /** Starts the device flow, opens its page by link and with a wrong code, and polls before anybody has confirmed. */
    async startDeviceFlow(): Promise<{ userCode: string; deviceCode: string; answers: Said[] }> {
      const begun = await send('/oidc/device/auth', {
        method: 'POST',
        body: new URLSearchParams({ client_id: BRIDGE, scope: 'openid offline_access' }),
      });
      assert.equal(begun.status, 200);
      const device = JSON.parse(begun.text) as Record<string, string>; // the issuer's own answer
      const { device_code: deviceCode = '', user_code: userCode = '', verification_uri_complete: link = '' } = device;
      const browser = new TestBrowser();
      const page = await readForm(await browser.open(link));
      assert.equal((await browser.open(page.action, { ...page.fields, user_code: userCode })).status, 200);
      const polled = await askForTokens({
        client_id: BRIDGE,
        grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
        device_code: deviceCode,
      });
      assert.equal(polled.status, 400);
      return { userCode, deviceCode, answers: [polled] };
    },

    /** What a socket is refused with when it brings this token, in the way that browsers do. */
    refusedSocket(bridgeId: string, token: string): Promise<Said> {
      const socket = new WebSocket(`${url.replace('http', 'ws')}/ws/bridge/${bridgeId}`, ['c2l.v1', `bearer.${token}`]);
      return new Promise((resolve, reject) => {
        socket.on('unexpected-response', (_request, response) => {
          text(response).then((said) => resolve({ status: response.statusCode ?? 0, text: said }), reject);
        });
        socket.on('open', () => reject(new Error('the socket was let in')));
        socket.on('error', reject);
      });
    },

    /** What the relay answers to bytes that are not HTTP. */
    async sendBytes(bytes: string): Promise<string> {
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      socket.end(bytes);
      return text(socket);
    },
  };
}
