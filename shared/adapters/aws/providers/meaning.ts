import type { RecipientEventKind } from '#shared/notification/outcomes.ts';

/** What is recorded for a recipient, and why. `undefined`: the event proves only that the provider accepted the message. */
export type Meaning = readonly [outcome: RecipientEventKind | undefined, reason: string];

/** Meanings of an event, by the value of its fields. */
export type Meanings = Readonly<Record<string, Meaning>>;
