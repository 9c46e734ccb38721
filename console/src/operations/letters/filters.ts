/** The filters of dead letters. Each one has the name that it has in the query of `GET /dead-letters`. */
export const LETTER_FILTERS = [
  'status',
  'subscriber',
  'reason',
  'type',
  'tenant',
  'owner',
  'fingerprint',
  'from',
  'to',
] as const;

export const LETTER_STATUSES = ['open', 'redriving', 'resolved', 'discarded'] as const;
