import { createHash } from 'node:crypto';
import type { SendEmailCommandInput } from '@aws-sdk/client-sesv2';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

/** The common parts of all alternatives: the order in a request, its answer, and its e-mail. */

export type Order = {
  /** Derived from the Idempotency-Key, so that every repetition of a request is about the same order. */
  orderId: string;
  contact: { name: string; email: string };
  currency: string;
  lines: { sku: string; description: string; quantity: number; unitPrice: number }[];
  placedAt: string;
};

export function orderIn(event: APIGatewayProxyEventV2): Order {
  const key = event.headers['idempotency-key'];
  if (!key) throw new Error('A request without an Idempotency-Key.');
  const { contact, currency, lines } = JSON.parse(event.body ?? '');
  const orderId = createHash('sha256').update(key).digest('hex').slice(0, 26);
  return { orderId, contact, currency, lines, placedAt: new Date().toISOString() };
}

export const accepted = ({ orderId, lines }: Order): APIGatewayProxyStructuredResultV2 => ({
  statusCode: 201,
  headers: { 'content-type': 'application/json', location: `/orders/${orderId}` },
  body: JSON.stringify({ orderId, status: 'placed', lines }),
});

export function mailAbout({ orderId, contact, currency, lines }: Order): SendEmailCommandInput {
  const total = lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
  const text = `Hello ${contact.name}, thank you for your order of ${lines.length} items, ${currency} ${total / 100}.`;
  return {
    FromEmailAddress: variable('SENDER_ADDRESS'),
    Destination: { ToAddresses: [contact.email] },
    Content: { Simple: { Subject: { Data: `Order ${orderId} is placed` }, Body: { Text: { Data: text } } } },
  };
}

export function variable(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`The environment variable ${name} is missing.`);
  return value;
}
