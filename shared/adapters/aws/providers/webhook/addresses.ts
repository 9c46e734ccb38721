import { BlockList, isIP } from 'node:net';

/** IPv4 networks that are not public (IANA's registry of special addresses, RFC 6890), and multicast. */
const NOT_PUBLIC_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  // Shared by the customers of a carrier (RFC 6598).
  '100.64.0.0/10',
  '127.0.0.0/8',
  // The platform address of Azure's machines.
  '168.63.129.16/32',
  // Link-local: among others, the metadata of instances and the credentials of containers.
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];

/** The only public IPv6 network. Mapped, compatible and translated IPv4, unique local and link-local are outside it. */
const PUBLIC_V6 = ['2000::/3'];

/** Its special parts: protocol assignments with Teredo, documentation, and 6to4, which contains an IPv4 address. */
const NOT_PUBLIC_V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

const notPublicV4 = networks('ipv4', NOT_PUBLIC_V4);
const publicV6 = networks('ipv6', PUBLIC_V6);
const notPublicV6 = networks('ipv6', NOT_PUBLIC_V6);

function networks(family: 'ipv4' | 'ipv6', list: readonly string[]): BlockList {
  const blocks = new BlockList();
  for (const network of list) {
    const [address = '', bits] = network.split('/');
    blocks.addSubnet(address, Number(bits), family);
  }
  return blocks;
}

/** Whether an address belongs to the public internet. Anything that is not an address does not. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !notPublicV4.check(address, 'ipv4');
    case 6:
      return publicV6.check(address, 'ipv6') && !notPublicV6.check(address, 'ipv6');
    default:
      return false;
  }
}
