import { recipientKey } from '#shared/recipient/recipient-key.ts';

/** As the stage's secret makes them. */
export const keyOf = recipientKey('simulated secret');

/** A few people per tenant to whom messages are sent again and again, so that what became of one decides on the next. */
export const REGULARS = ['ann', 'ben', 'cem'].map((name) => `${name}@example.com`);
