import { BlockList, isIP } from 'node:net';

/** The registries of special-purpose addresses (RFC 6890 and its updates at IANA): what is not of the public Internet. */
const SPECIAL_4 = [
  '0.0.0.0/8', // this network
  '10.0.0.0/8', // private
  '100.64.0.0/10', // behind a provider's translation
  '127.0.0.0/8', // loopback
  '169.254.0.0/16', // link-local, and where clouds keep their secrets
  '172.16.0.0/12', // private
  '192.0.0.0/24', // protocol assignments
  '192.0.2.0/24', // documentation
  '192.88.99.0/24', // 6to4 relays, which are no more
  '192.168.0.0/16', // private
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, and broadcast
];
/** All of IPv6 that was given out so far; loopback, mapped, translated, private and multicast ones are outside of it. */
const GLOBAL_6 = '2000::/3';
const SPECIAL_6 = [
  '2001::/23', // protocol assignments: Teredo, benchmarks, ORCHID
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4: any IPv4 address within
  '3fff::/20', // documentation
];

const special4 = listOf('ipv4', SPECIAL_4);
const special6 = listOf('ipv6', SPECIAL_6);
const global6 = listOf('ipv6', [GLOBAL_6]);

/** Whether this is the address of a computer on the public Internet, as far as the address says. */
export function isGlobalAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !special4.check(address, 'ipv4');
    case 6:
      // A zone is of a link.
      return !address.includes('%') && global6.check(address, 'ipv6') && !special6.check(address, 'ipv6');
    default:
      return false;
  }
}

function listOf(family: 'ipv4' | 'ipv6', subnets: readonly string[]): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [net = '', prefix = ''] = subnet.split('/');
    list.addSubnet(net, Number(prefix), family);
  }
  return list;
}
