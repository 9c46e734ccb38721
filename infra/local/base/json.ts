/** A value that JSON can carry. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** Reads JSON. What `JSON.parse` returns is `Json` by definition; its declared type is `any`. */
export const parseJson = (text: string): Json => JSON.parse(text);

/** Whether a value is an object with named fields: neither `null` nor an array. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether a JSON value is an object with named fields. */
export const isJsonObject = (value: Json | undefined): value is { [key: string]: Json } => isRecord(value);

/** Whether JSON can carry a value. */
export function isJson(value: unknown): value is Json {
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return true;
  if (Array.isArray(value)) return value.every(isJson);
  return isRecord(value) && Object.values(value).every(isJson);
}

/** Whether a value is a whole number within both bounds. */
export const isWhole = (value: unknown, least: number, most = Number.POSITIVE_INFINITY): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
