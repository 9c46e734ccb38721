import * as v from 'valibot';
import type { DataOf, MessageDescription } from '#shared/http/asyncapi/messages.ts';

const data = v.object({ customerId: v.string() });

/** The messages about customers. They carry the id, and no personal data. */
export const customerMessages = {
  CustomerRegistered: { summary: 'A customer was registered.', data },
  CustomerErased: { summary: 'The personal data of a customer was erased.', data },
} satisfies Record<string, MessageDescription>;

export type CustomerMessageData = DataOf<typeof customerMessages>;
