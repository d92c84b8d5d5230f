/** 127.0.0.0/8 and ::1, also as an IPv4 address within IPv6 (RFC 4291, 2.5.5.2), which a URL writes in hexadecimal. */
const LOOPBACK_HOST =
  /^(?:localhost|127(?:\.\d{1,3}){3}|\[(?:::1|::ffff:(?:127(?:\.\d{1,3}){3}|7f[\da-f]{2}:[\da-f]{1,4}))\])(?::\d*)?$/i;

/**
 * Whether a host is this very computer: localhost or a loopback address, with or without a port, as in a URL or a Host
 * header. Names below localhost are not: a resolver may lead them elsewhere.
 */
export function isLoopbackHost(host: string): boolean {
  return LOOPBACK_HOST.test(host);
}
