/** A part of the OpenAPI document. */
export type Json = Record<string, unknown>;

/** A reference to a shared component. */
export const reference = (kind: string, name: string): Json => ({ $ref: `#/components/${kind}/${name}` });

/** The content of a body with this schema. */
export const jsonOf = (schema: string): Json => ({ 'application/json': { schema: reference('schemas', schema) } });
