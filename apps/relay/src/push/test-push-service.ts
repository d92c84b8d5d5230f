import { execFile } from 'node:child_process';
import { createECDH, createDecipheriv, hkdfSync, randomBytes, type ECDH } from 'node:crypto';
import type { LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { type PushNotice, pushNotice, type SubscribeToPushRequest } from '@cloudtolocalllm/protocol';
import { temporaryFolder } from '../test-relay.ts';
import { connectPinned, type PushNetwork } from './push-network.ts';
import { PUBLIC_ADDRESS } from './test-push-network.ts';

export const PUSH_HOST = 'push.example';
const run = promisify(execFile);

/** What the service was sent. */
export interface Pushed {
  path: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** A push service on this computer with a certificate for `push.example`, and a network that leads there. */
export class TestPushService {
  readonly pushed: Pushed[] = [];
  /** Of what comes from now on. */
  answer: (response: ServerResponse) => void = (response) => void response.writeHead(201).end();
  /** What names mean from now on. */
  resolve: (hostname: string) => Promise<LookupAddress[]> = async () => [PUBLIC_ADDRESS];
  /** To which addresses it was led. */
  readonly led: string[][] = [];
  readonly ca: string;
  port = 0;
  #taken = 0;
  #wake = Promise.withResolvers<void>();

  static async start(t: TestContext): Promise<TestPushService> {
    const folder = await temporaryFolder(t);
    const [keyPath, certPath] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const names = ['-subj', `/CN=${PUSH_HOST}`, '-addext', `subjectAltName=DNS:${PUSH_HOST}`];
    await run('openssl', ['req', '-x509', ...curve, '-keyout', keyPath, '-out', certPath, '-days', '2', ...names]);
    const [key, cert] = await Promise.all([readFile(keyPath, 'utf8'), readFile(certPath, 'utf8')]);
    const service = new TestPushService(cert);
    const server = createServer({ key, cert }, (request, response) => {
      void buffer(request).then((body) => {
        service.pushed.push({ path: request.url ?? '', headers: request.headers, body });
        service.#wake.resolve();
        return service.answer(response);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    service.port = (server.address() as AddressInfo).port; // as: it listens on TCP
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    return service;
  }

  private constructor(ca: string) {
    this.ca = ca;
  }

  get network(): PushNetwork {
    return {
      resolve: (hostname) => this.resolve(hostname),
      connect: (hostname, addresses) => {
        this.led.push(addresses.map(({ address }) => address));
        const here = [{ address: '127.0.0.1', family: 4 }];
        return connectPinned({ hostname, addresses: here, port: this.port, ca: this.ca });
      },
    };
  }

  /** The next one that comes. */
  async next(): Promise<Pushed> {
    while (this.pushed.length === this.#taken) {
      this.#wake = Promise.withResolvers();
      await this.#wake.promise;
    }
    return this.pushed[this.#taken++]!; // it is there
  }
}

/** A browser that has subscribed. */
export class TestBrowser {
  readonly endpoint: string;
  readonly #keys: ECDH = createECDH('prime256v1');
  readonly #auth = randomBytes(16);

  constructor(name: string) {
    this.endpoint = `https://${PUSH_HOST}/${name}`;
    this.#keys.generateKeys();
  }

  /** `PushSubscription.toJSON()`. */
  toJSON(): SubscribeToPushRequest {
    const keys = { p256dh: this.#keys.getPublicKey('base64url'), auth: this.#auth.toString('base64url') };
    return { endpoint: this.endpoint, expirationTime: null, keys };
  }

  /** RFC 8291, 3.4 and RFC 8188, 2: written from these, not with what encrypts. */
  read({ body }: Pick<Pushed, 'body'>): PushNotice {
    const salt = body.subarray(0, 16);
    const sender = body.subarray(21, 21 + body.readUInt8(20));
    const sealed = body.subarray(21 + sender.length);
    const info = Buffer.concat([Buffer.from('WebPush: info\0'), this.#keys.getPublicKey(), sender]);
    const secret = derive(this.#keys.computeSecret(sender), this.#auth, info, 32);
    const key = derive(secret, salt, Buffer.from('Content-Encoding: aes128gcm\0'), 16);
    const nonce = derive(secret, salt, Buffer.from('Content-Encoding: nonce\0'), 12);
    const decipher = createDecipheriv('aes-128-gcm', key, nonce).setAuthTag(sealed.subarray(-16));
    const plain = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
    // What fills up follows the last record's delimiter.
    return pushNotice.parse(JSON.parse(plain.subarray(0, plain.lastIndexOf(2)).toString()));
  }
}

function derive(secret: Buffer, salt: Buffer, info: Buffer, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, info, length));
}
