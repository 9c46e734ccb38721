/** The header with the version of a state: a strong validator, RFC 9110. */
export const etagOf = (version: number): { etag: string } => ({ etag: `"${version}"` });
