/** The earliest of its kind that a provider told of a message and one of its recipients. */
export type RecipientEvent = {
  /** Of the recipient in the content's list; absent where the provider does not say whom it is about. */
  position?: number;
  /** See `outcomes.ts`; text, because a newer release may know more kinds than this one. */
  kind: string;
  /** ISO 8601 in UTC with milliseconds, by the provider's clock. */
  at: string;
  /** A word of the provider's, never a sentence: those quote addresses. */
  code?: string;
};
