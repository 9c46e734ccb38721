import { rmSync } from 'node:fs';
import { writeWhole } from '../write-whole.ts';
import type { Outputs } from './outputs.ts';

/** Writes the headers of a JSON request of the tenant `acme`, in the form that curl reads with `-H @<file>`. */
export function writeHeaders(file: string, { tokens }: Outputs): void {
  writeWhole(file, `Authorization: Bearer ${tokens.acme}\nContent-Type: application/json\n`);
}

export function removeHeaders(file: string): void {
  rmSync(file, { force: true });
}

const CUSTOMER = { customerId: 'ada', name: 'Ada Lovelace', phone: '+4366012345678' };
const ORDER = {
  customerId: CUSTOMER.customerId,
  currency: 'EUR',
  lines: [{ sku: 'TEA-1', description: 'Green tea', quantity: 2, unitPrice: 1250 }],
};

/**
 * Three commands for a shell that register a customer, place the first order, and show the text messages: the
 * confirmation, and the greeting of a new customer. They may be pasted again, because their keys stay the same.
 * @param headers the file that `writeHeaders` wrote.
 */
export function firstCommands({ apiUrl, inboxUrl }: Outputs, headers: string): string[] {
  const post = (path: string, key: string, body: object): string =>
    `curl -sSw '\\n' ${quoted(apiUrl + path)} -H ${quoted(`@${headers}`)} -H 'Idempotency-Key: ${key}' -d ${quoted(JSON.stringify(body))}`;
  return [
    post('/customers', 'ada', CUSTOMER),
    post('/orders', 'ada-1', ORDER),
    `curl -sSw '\\n' ${quoted(`${inboxUrl}/sms`)}`,
  ];
}

/** A word of a POSIX shell. */
const quoted = (word: string): string => (/^[\w:/.@-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);
