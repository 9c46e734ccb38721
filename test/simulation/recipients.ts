import { recipientKey } from '#shared/recipient/recipient-key.ts';

export const SECRET = 'simulated secret';
/** As computed with the stage's secret. */
export const keyOf = recipientKey(SECRET);

/** A few recipients per tenant that get several messages, so that an outcome affects the next message. */
export const REGULARS = ['ann', 'ben', 'cem'].map((name) => `${name}@example.com`);
