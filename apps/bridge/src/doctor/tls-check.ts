import { isIP } from 'node:net';
import { connect, getCACertificates, type PeerCertificate, type TLSSocket } from 'node:tls';
import { openWay } from '../network/open-way.ts';
import { tlsReason } from '../network/tls-reason.ts';
import { failed, ok, warning, type Finding } from './check.ts';

const DAY_MS = 24 * 60 * 60_000;
/** Who renews by machine has done so by then. */
const SOON_DAYS = 7;
const TIMEOUT_MS = 5_000;

interface Seen {
  certificate: PeerCertificate;
  /** OpenSSL's or Node's code; undefined when it is trusted. */
  trouble: string | undefined;
  protocol: string | null;
}

/** Looks at the certificate of the relay, as this program does when it connects. */
export async function judgeTls(relay: URL, now = Date.now()): Promise<Finding> {
  if (relay.protocol !== 'https:') return ok('none: the relay is on this computer');
  const { certificate, trouble, protocol } = await look(relay);
  const issuer = nameOf(certificate.issuer);
  const until = new Date(certificate.valid_to);
  const days = Math.floor((until.getTime() - now) / DAY_MS);
  if (trouble === undefined) {
    const found = `${protocol}, certificate of ${issuer}, good until ${day(until)}`;
    return days < SOON_DAYS ? warning(found, 'It ends soon: whoever runs the relay has to renew it.') : ok(found);
  }
  const [found, advice] = await explain(trouble, certificate, relay);
  return failed(found, advice);
}

async function explain(trouble: string, certificate: PeerCertificate, relay: URL): Promise<[string, string]> {
  const issuer = nameOf(certificate.issuer);
  switch (trouble) {
    case 'CERT_HAS_EXPIRED':
      return [
        `the certificate has expired on ${day(new Date(certificate.valid_to))} (this computer says it is ${day(new Date())})`,
        "If this computer's date is right, whoever runs the relay has to renew the certificate.",
      ];
    case 'CERT_NOT_YET_VALID':
      return [
        `the certificate is good from ${day(new Date(certificate.valid_from))} on (this computer says it is ${day(new Date())})`,
        "Set this computer's clock right.",
      ];
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return [
        `the certificate is for ${certificate.subjectaltname ?? nameOf(certificate.subject)}, not for ${relay.hostname}`,
        'Use the name that it is for, or ask whoever runs the relay. A sign-in page of a guest network does this too.',
      ];
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return [`the certificate is self-signed (${nameOf(certificate.subject)})`, OWN_AUTHORITY];
    default: {
      const found = `the certificate was issued by ${issuer}, whom this program does not know: a company's proxy that looks into connections, or the relay's own authority (${trouble})`;
      const system = await look(relay, getCACertificates('system')).catch(() => undefined);
      const isKnownToSystem = system !== undefined && system.trouble === undefined;
      return [found, isKnownToSystem ? SYSTEM_KNOWS : OWN_AUTHORITY];
    }
  }
}

const SYSTEM_KNOWS =
  'This computer knows the issuer: set NODE_USE_SYSTEM_CA=1 for this program, as a variable of its service or your shell.';
const OWN_AUTHORITY =
  "If that is right, get the issuer's certificate as a PEM file from whoever runs it, and set NODE_EXTRA_CA_CERTS=/path/to/it.pem";

/** One handshake; `ca`: whom to trust instead of Node's own list. */
async function look(relay: URL, ca?: string[]): Promise<Seen> {
  const host = relay.hostname.replace(/^\[|\]$/g, '');
  const way = await openWay(relay);
  const { promise, resolve, reject } = Promise.withResolvers<Seen>();
  const socket: TLSSocket = connect({
    socket: way,
    host,
    ...(isIP(host) === 0 && { servername: host }),
    rejectUnauthorized: false, // nothing is sent: what is wrong with the certificate is the question
    ...(ca && { ca }),
  });
  const timer = setTimeout(() => socket.destroy(new Error('TLS does not answer: is that an https port?')), TIMEOUT_MS);
  socket.once('error', (error) => reject(new Error(`TLS does not come about: ${tlsReason(error) ?? error.message}`)));
  socket.once('secureConnect', () => {
    // Its type says Error; it is the code.
    const trouble = socket.authorized ? undefined : String(socket.authorizationError);
    resolve({ certificate: socket.getPeerCertificate(), trouble, protocol: socket.getProtocol() });
  });
  return promise.finally(() => {
    clearTimeout(timer);
    socket.destroy();
    way.destroy();
  });
}

function nameOf(subject: PeerCertificate['subject'] | undefined): string {
  const name = subject?.O ?? subject?.CN ?? 'nobody';
  return `"${[name].flat().join(', ').slice(0, 100)}"`;
}

function day(date: Date): string {
  return Number.isNaN(date.getTime()) ? 'an unreadable date' : date.toISOString().slice(0, 10);
}
