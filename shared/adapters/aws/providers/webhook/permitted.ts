import { type LookupAddress, lookup } from 'node:dns';
import { isIP } from 'node:net';
import type { CheckUrl, UrlRefusal } from '#shared/webhook/ports.ts';
import { isTrusted } from '#shared/webhook/url.ts';
import { isPublicAddress } from './addresses.ts';

/** Resolves a name to all its addresses. */
export type Resolve = (name: string) => Promise<readonly LookupAddress[]>;

/** The resolver of the system. */
export const systemResolve: Resolve = (name) =>
  new Promise((resolve, reject) =>
    lookup(name, { all: true, verbatim: true }, (error, addresses) => (error ? reject(error) : resolve(addresses))),
  );

/** A URL or an address that webhooks must not reach. Nothing was sent. */
export class NotPermitted extends Error {
  override readonly name = 'NotPermitted';
  readonly code: UrlRefusal['code'];
  constructor(code: UrlRefusal['code'], options?: ErrorOptions) {
    super(`The endpoint is not permitted: ${code}`, options);
    this.code = code;
  }
}

const TEXTS: Readonly<Record<string, Omit<UrlRefusal, 'code'>>> = {
  NOT_HTTPS: { message: 'It is not an https URL.', next: 'Give a URL that begins with https://.' },
  NOT_PUBLIC: {
    message: 'Its host is not on the public internet: it is a private, loopback, link-local or reserved address.',
    next: 'Give a host with public addresses only.',
  },
  NOT_RESOLVED: { message: 'Its host name has no address.', next: 'Correct the name, or create its DNS record.' },
};

/** The host of a URL without the brackets of an IPv6 address. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1');

/** @throws NotPermitted if the scheme, or an address in place of a name, is not permitted. */
export function checkWritten(url: URL, trusted: readonly string[]): void {
  if (isTrusted(url, trusted)) return;
  if (url.protocol !== 'https:') throw new NotPermitted('NOT_HTTPS');
  const host = hostOf(url);
  if (isIP(host) !== 0 && !isPublicAddress(host)) throw new NotPermitted('NOT_PUBLIC');
}

/** Every address has to be public: one that is not could be the one that is used. undefined: they all are. */
export function refusalOf(addresses: readonly LookupAddress[]): NotPermitted | undefined {
  if (addresses.length === 0) return new NotPermitted('NOT_RESOLVED');
  return addresses.every(({ address }) => isPublicAddress(address)) ? undefined : new NotPermitted('NOT_PUBLIC');
}

/** Checks a URL when it is stored. It is checked again for every webhook, because its name may change its addresses. */
export const urlCheck =
  (trusted: readonly string[], resolve: Resolve = systemResolve): CheckUrl =>
  async (written) => {
    try {
      const url = new URL(written);
      checkWritten(url, trusted);
      const isName = !isTrusted(url, trusted) && isIP(hostOf(url)) === 0;
      const refusal = isName ? refusalOf(await resolved(hostOf(url), resolve)) : undefined;
      if (refusal) throw refusal;
      return undefined;
    } catch (error) {
      if (!(error instanceof NotPermitted)) throw error;
      return { code: error.code, ...(TEXTS[error.code] ?? { message: error.message, next: 'Give another URL.' }) };
    }
  };

async function resolved(host: string, resolve: Resolve): Promise<readonly LookupAddress[]> {
  try {
    return await resolve(host);
  } catch (cause) {
    throw new NotPermitted('NOT_RESOLVED', { cause });
  }
}
