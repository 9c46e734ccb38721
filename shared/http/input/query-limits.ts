/** The longest range of `GET /notifications/statistics`. */
export const MOST_STATISTICS_DAYS = 31;

/** Messages on a page of `GET /notifications`. */
export const LOG_LIMIT = { default: 20, most: 50 } as const;
