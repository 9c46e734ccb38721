import type { IncomingMessage } from 'node:http';

/**
 * SendGrid's API is behind the port of SES. Its calls count, and get faults, as the operation `SendEmail` of `sesv2`, so
 * that a test of faults is the same for both providers. A call has no signature of AWS. Instead, the address that an
 * environment of a function gets contains its access key.
 */
const MAIL_SEND = '/v3/mail/send';

const WITH_KEY = /^\/(ASIA[A-Z0-9]+)(\/v3\/mail\/send)$/;

/** The address of SendGrid's API for an environment. */
export const mailSendUrl = (ses: string, accessKeyId: string): string => `${ses}/${accessKeyId}`;

/** Takes the access key out of the address of a call to SendGrid; undefined for any other call. */
export function takeKeyOfMailSend(incoming: IncomingMessage): string | undefined {
  const [, key, path] = WITH_KEY.exec(incoming.url ?? '') ?? [];
  if (path !== undefined) incoming.url = path;
  return key;
}

/** Whether this is a call to SendGrid. */
export const isMailSend = ({ method, url }: IncomingMessage): boolean => method === 'POST' && url === MAIL_SEND;
