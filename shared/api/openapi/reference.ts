/** A part of the document as it is written out. */
export type Json = Record<string, unknown>;

/** Where the document says a part once, for all who name it. */
export const reference = (kind: string, name: string): Json => ({ $ref: `#/components/${kind}/${name}` });

/** The content of a body that is of this schema. */
export const jsonOf = (schema: string): Json => ({ 'application/json': { schema: reference('schemas', schema) } });
