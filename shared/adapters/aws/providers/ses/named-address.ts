import { domainToASCII } from 'node:url';

/** `rfc822;` or `utf-8;` before an address in a delivery status notification (RFC 3464, RFC 6533). */
const ADDRESS_TYPE = /^\s*(rfc822|utf-8|unknown|dns)\s*;\s*/i;
/** `Name <local@domain>`, and `<local@domain>`. */
const IN_BRACKETS = /<([^<>]*)>\s*$/;
/** The escape in RFC 6533 for a character that the notification cannot contain. */
const EMBEDDED = /\\x\{([0-9A-Fa-f]{1,6})\}/g;
const ASCII = /^[\x20-\x7e]*$/;
const LAST_CODE_POINT = 0x10ffff;

/**
 * The address in an event, in the form that we send to: without the text that a bounce or a header adds around it, and
 * with its domain in ASCII. Upper and lower case are not changed here.
 */
export function namedAddress(text: string): string {
  const untyped = text.replace(ADDRESS_TYPE, '');
  const bare = (IN_BRACKETS.exec(untyped)?.[1] ?? untyped).trim().replace(EMBEDDED, embeddedCharacter);
  return ASCII.test(bare) ? bare : asciiDomain(bare.normalize('NFC'));
}

function embeddedCharacter(written: string, hexadecimal: string): string {
  const codePoint = Number.parseInt(hexadecimal, 16);
  return codePoint <= LAST_CODE_POINT ? String.fromCodePoint(codePoint) : written;
}

function asciiDomain(address: string): string {
  const at = address.lastIndexOf('@');
  // An ASCII domain is not converted: the conversion would read `1.2` as an IP address.
  if (at < 0 || ASCII.test(address.slice(at))) return address;
  const domain = domainToASCII(address.slice(at + 1));
  return domain === '' ? address : `${address.slice(0, at)}@${domain}`;
}
