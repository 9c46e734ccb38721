/** The earliest event of its kind that a provider reported for a message and one of its recipients. */
export type RecipientEvent = {
  /** Position of the recipient in the content's list; absent if the provider does not identify the recipient. */
  position?: number;
  /** See `outcomes.ts`; text, because a newer release may know more kinds than this one. */
  kind: string;
  /** ISO 8601 in UTC with milliseconds, by the provider's clock. */
  at: string;
  /** A code of the provider's, never a sentence, because sentences quote addresses. */
  code?: string;
};
