import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';

type Json = Record<string, unknown>;

/** RFC 3339. Our own formats, such as `currency`, are names for readers. */
const DATE_TIME = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** Finds the faults of a value. @param pointer of a schema in the document: `#/components/schemas/Order`. */
export type Faults = (pointer: string, value: unknown) => string[];

/**
 * Validates values against the schemas of an OpenAPI or AsyncAPI document with ajv. A field that a schema does not name
 * is a fault, although clients have to accept it: the document must name all that we send.
 */
export function validatorOf(document: Json): Faults {
  const ajv = new Ajv2020({ allErrors: true, strict: false, logger: false, formats: { 'date-time': DATE_TIME } });
  ajv.addSchema(closed(document) as Json, 'document');
  return (pointer, value) => {
    const validate = ajv.getSchema(`document${pointer}`);
    if (!validate) return [`The document has no schema ${pointer}.`];
    return validate(value) ? [] : (validate.errors ?? []).map(faultOf);
  };
}

const faultOf = ({ instancePath, message, params }: ErrorObject): string =>
  `${instancePath || 'the value'} ${message} ${JSON.stringify(params)}`;

/** Each object with listed fields, closed. An object with a list of its own to say which others it has stays as it is. */
function closed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closed);
  if (typeof node !== 'object' || node === null) return node;
  const copy: Json = Object.fromEntries(Object.entries(node).map(([name, value]) => [name, closed(value)]));
  const isObject = copy.type === 'object' && typeof copy.properties === 'object';
  return isObject && copy.additionalProperties === undefined ? { ...copy, unevaluatedProperties: false } : copy;
}
