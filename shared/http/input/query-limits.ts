/** The longest range of `GET /notifications/statistics`. */
export const MOST_STATISTICS_DAYS = 31;

/** Entries on a page of a list. */
export const PAGE_LIMIT = { default: 20, most: 50 } as const;
