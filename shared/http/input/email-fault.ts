import { domainToASCII } from 'node:url';
import { finder, type Place } from '#shared/http/place.ts';
import { EMAIL_ADDRESS } from '#shared/names.ts';

/** Why EMAIL_ADDRESS does not match an address, and how to correct it. */
export type AddressFault = { message: string; next: string };

const CHECK = 'Give an address like ada@example.com.';
const ASK = 'Ask the recipient for another address.';

const beyondAscii = finder(String.raw`[^\x00-\x7F]`);
const outsideLocalPart = finder(String.raw`[^A-Za-z0-9!#$%&'*+/=?^_\x60{|}~.-]`);
const outsideDomain = finder('[^A-Za-z0-9.-]');

/** @param address any text. The fault repeats no part of it, except the ASCII form of its domain. */
export function emailFault(address: string): AddressFault {
  const at = address.lastIndexOf('@');
  if (at < 0) return { message: 'It has no @.', next: CHECK };
  const [local, domain] = [address.slice(0, at), address.slice(at + 1)];
  return (
    localPartFault(local) ??
    domainFault(domain, Array.from(local).length + 1) ?? { message: 'Not an e-mail address.', next: CHECK }
  );
}

function localPartFault(local: string): AddressFault | undefined {
  if (local === '') return { message: 'There is no text before the @.', next: CHECK };
  if (local.startsWith('"')) return { message: 'A local part in quotes is not supported.', next: ASK };
  if (local.includes('@')) return { message: 'It has more than one @.', next: 'Give one address.' };
  const wrong = outsideLocalPart(local);
  if (wrong && beyondAscii(local)) {
    const message = `It has ${written(wrong)}. Before the @, only ASCII is supported (SES does not support SMTPUTF8).`;
    return { message, next: ASK };
  }
  if (wrong) return { message: `It has ${written(wrong)}, which is not allowed before the @.`, next: CHECK };
  if (/^\.|\.\.|\.$/.test(local))
    return { message: 'Before the @, a dot is first, last or next to another dot.', next: CHECK };
  if (local.length > 64)
    return { message: `Before the @, it has ${local.length} characters. The limit is 64.`, next: 'Check the address.' };
  return undefined;
}

/** @param offset number of characters before the domain. */
function domainFault(domain: string, offset: number): AddressFault | undefined {
  if (domain === '') return { message: 'There is no text after the @.', next: CHECK };
  if (domain.startsWith('[')) return { message: 'An address literal is not supported.', next: 'Give a domain.' };
  const wrong = outsideDomain(domain);
  if (wrong) return wrongCharacter(domain, { ...wrong, position: wrong.position + offset });
  const labels = domain.split('.');
  if (labels.includes('')) return { message: 'After the @, a dot is first, last or next to another dot.', next: CHECK };
  if (labels.length === 1)
    return { message: 'The domain has no dot.', next: 'Give the full domain, like example.com.' };
  if (labels.some((label) => label.length > 63))
    return { message: 'A label of the domain has more than 63 characters.', next: 'Check the domain.' };
  if (labels.some((label) => /^-|-$/.test(label)))
    return { message: 'A label of the domain starts or ends with a hyphen.', next: 'Check the domain.' };
  if (/^\d+$/.test(labels.at(-1) ?? ''))
    return { message: 'The domain ends in a number, like an IP address.', next: 'Give a domain.' };
  return undefined;
}

/** DNS stores domains of other scripts in an ASCII form. If there is one, the fault names it. */
function wrongCharacter(domain: string, place: Place): AddressFault {
  const ascii = domainToASCII(domain);
  const message = `It has ${written(place)}, which is not allowed after the @.`;
  if (beyondAscii(domain) === undefined || !EMAIL_ADDRESS.test(`a@${ascii}`)) return { message, next: CHECK };
  return { message, next: `Write the domain in its ASCII form (xn--, RFC 5890): ${ascii}` };
}

const written = ({ codePoint, position }: Place): string => `${codePoint} at character ${position}`;
