import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { isGlobalAddress } from './global-address.ts';
import { EndpointError, parseEndpoint } from './push-endpoint.ts';
import { connectPinned, publicAddresses } from './push-network.ts';
import { PUSH_HOST, TestPushService } from './test-push-service.ts';

const REFUSED: [endpoint: string, why: string][] = [
  ['', 'nothing'],
  ['push.example/1', 'no scheme'],
  ['http://push.example/1', 'plain http'],
  ['ftp://push.example/1', 'another scheme'],
  ['file:///etc/passwd', 'a file'],
  ['data:text/plain,x', 'no place at all'],
  ['https://ada@push.example/1', 'a user name'],
  ['https://ada:secret@push.example/1', 'a password'],
  ['https://push.example:8443/1', 'another port'],
  ['https://push.example:80/1', 'the port of http'],
  ['https://127.0.0.1/1', 'loopback'],
  ['https://93.184.215.14/1', 'an address, though a public one'],
  ['https://2130706433/1', 'loopback as one number'],
  ['https://0x7f.1/1', 'loopback in hexadecimal'],
  ['https://0177.0.0.1/1', 'loopback in octal'],
  ['https://127.1/1', 'loopback, shortened'],
  ['https://127。0。0。1/1', 'loopback with other dots'],
  ['https://[::1]/1', 'loopback of IPv6'],
  ['https://[::ffff:127.0.0.1]/1', 'loopback, mapped'],
  ['https://[2606:4700::1]/1', 'an IPv6 address, though a public one'],
  ['https://localhost/1', 'this computer'],
  ['https://LOCALHOST/1', 'this computer, loud'],
  ['https://localhost./1', 'this computer with a dot'],
  ['https://foo.localhost/1', 'a name of this computer'],
  ['https://printer/1', 'a name of a search domain'],
  ['https://printer.local/1', 'mDNS'],
  ['https://metadata.google.internal/1', 'a cloud'],
  ['https://router.lan/1', 'a home'],
  ['https://a.home.arpa/1', 'a home by RFC 8375'],
  [`https://push.example/${'a'.repeat(2048)}`, 'too long'],
  ['https:///1', 'no host'],
];

for (const [endpoint, why] of REFUSED) {
  test(`an endpoint is refused: ${why}`, () => {
    assert.throws(() => parseEndpoint(endpoint), EndpointError);
  });
}

test('endpoints of push services are taken, in the usual form', () => {
  for (const [endpoint, href] of [
    ['https://fcm.googleapis.com/fcm/send/abc:APA91b', 'https://fcm.googleapis.com/fcm/send/abc:APA91b'],
    [
      'https://updates.push.services.mozilla.com:443/wpush/v2/g?x=1#y',
      'https://updates.push.services.mozilla.com/wpush/v2/g?x=1',
    ],
    ['HTTPS://Web.Push.Apple.com/Q', 'https://web.push.apple.com/Q'],
  ] as const) {
    assert.equal(parseEndpoint(endpoint).href, href);
  }
});

const SPECIAL = [
  '0.0.0.0',
  '10.1.2.3',
  '100.64.0.1',
  '100.127.255.255',
  '127.0.0.1',
  '127.255.255.254',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.8',
  '192.0.2.1',
  '192.88.99.1',
  '192.168.1.1',
  '198.18.0.1',
  '198.19.255.255',
  '198.51.100.1',
  '203.0.113.9',
  '224.0.0.1',
  '239.255.255.255',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::127.0.0.1',
  '::ffff:127.0.0.1',
  '::ffff:93.184.215.14',
  '64:ff9b::7f00:1',
  '64:ff9b:1::1',
  '100::1',
  '2001::1',
  '2001:db8::1',
  '2001:10::1',
  '2002:7f00:1::1',
  '3fff::1',
  '5f00::1',
  'fc00::1',
  'fd12:3456::1',
  'fe80::1',
  'fe80::1%eth0',
  '2606:4700::1%eth0',
  'fec0::1',
  'ff02::1',
  'push.example',
  '',
];

for (const address of SPECIAL) {
  test(`"${address}" is no address of the public Internet`, () => assert.equal(isGlobalAddress(address), false));
}

test('addresses beside the special ones are public', () => {
  const addresses = [
    '1.1.1.1',
    '9.255.255.255',
    '11.0.0.0',
    '93.184.215.14',
    '100.63.255.255',
    '100.128.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.0.1.1',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
    '2001:4860:4860::8888',
    '2606:4700:4700::1111',
    '2a00:1450:4001::1',
  ];
  for (const address of addresses) assert.ok(isGlobalAddress(address), address);
});

test('a name is refused when one of its addresses is not public, when it has none, and when nobody knows it', async () => {
  const connect = () => assert.fail('nothing is connected to');
  const named = (...addresses: string[]) => ({
    connect,
    resolve: async () => addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
  });
  assert.equal((await publicAddresses(named('93.184.215.14', '2606:4700::1'), PUSH_HOST)).length, 2);
  for (const addresses of [['10.0.0.1'], ['93.184.215.14', '127.0.0.1'], ['93.184.215.14', 'fd00::1'], []]) {
    await assert.rejects(publicAddresses(named(...addresses), PUSH_HOST), EndpointError);
  }
  const unknown = { connect, resolve: () => Promise.reject(new Error('ENOTFOUND')) };
  await assert.rejects(publicAddresses(unknown, PUSH_HOST), EndpointError);
});

test('what was checked is connected to: the name is not looked up again, and its certificate counts', async (t) => {
  const { port, ca } = await TestPushService.start(t);
  const addresses = [{ address: '127.0.0.1', family: 4 }];
  // No resolver knows this name.
  const socket = connectPinned({ hostname: PUSH_HOST, addresses, port, ca });
  await once(socket, 'secureConnect');
  assert.equal(socket.remoteAddress, '127.0.0.1');
  socket.destroy();
  const refused: [string, Parameters<typeof connectPinned>[0]][] = [
    ['another name', { hostname: 'other.example', addresses, port, ca }],
    ['an authority that nobody knows', { hostname: PUSH_HOST, addresses, port }],
    ['no address', { hostname: PUSH_HOST, addresses: [], port, ca }],
  ];
  for (const [why, options] of refused) {
    const other = connectPinned(options);
    await assert.rejects(once(other, 'secureConnect'), Error, why);
    other.destroy();
  }
});
