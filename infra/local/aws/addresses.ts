/** An e-mail address that SES would refuse. The message is SES's own. */
export class BadAddress extends Error {
  override readonly name = 'BadAddress';
}

/** The address alone, of `Name <local@domain>` or `local@domain`. */
export function bareAddress(address: string): string {
  return (/<([^<>]*)>\s*$/.exec(address)?.[1] ?? address).trim();
}

/**
 * Checks an address as SES does before it accepts a message.
 * @returns the address without a name.
 * @throws BadAddress with SES's message.
 */
export function checkAddress(address: string): string {
  const bare = bareAddress(address);
  const at = bare.lastIndexOf('@');
  if (at < 0) throw new BadAddress(`Missing final '@domain'`);
  const local = bare.slice(0, at);
  const domain = bare.slice(at + 1);
  if (local === '') throw new BadAddress(`User name is missing: '${bare}'`);
  if (local.length > 64) throw new BadAddress('Local part is longer than 64 characters');
  if (!/^[\x21-\x7e]+$/.test(local)) throw new BadAddress('Local address contains control or whitespace');
  if (/[()<>[\]:;@\\,"]/.test(local) || /^\.|\.\.|\.$/.test(local))
    throw new BadAddress('Local address contains illegal character');
  if (domain === '') throw new BadAddress(`Missing domain in '${bare}'`);
  if (domain.includes('..')) throw new BadAddress('Domain contains dot-dot');
  if (domain.startsWith('.')) throw new BadAddress('Domain starts with dot');
  if (domain.endsWith('.')) throw new BadAddress('Domain ends with dot');
  if (!/^[A-Za-z0-9.-]+$/.test(domain)) throw new BadAddress('Domain contains illegal character');
  if (!domain.includes('.')) throw new BadAddress(`Domain '${domain}' has no top-level part`);
  return bare;
}

/** The identities that cover an address, the most specific first: the address, its domain, the domain's parents. */
export function identitiesOf(address: string): string[] {
  const bare = bareAddress(address);
  const labels = bare
    .slice(bare.lastIndexOf('@') + 1)
    .toLowerCase()
    .split('.');
  return [bare, ...labels.slice(0, -1).map((_, position) => labels.slice(position).join('.'))];
}

/** The id in the path of a call to Lambda about one event source mapping. */
export const mappingIdIn = (path: string): string | undefined =>
  /^\/2015-03-31\/event-source-mappings\/([\w-]+)\/?$/.exec(path)?.[1];
