import type { RefusalCode } from '#shared/domain/notification/refusals.ts';

/** One way in which a service refuses a call, and the code of ours for it. The first that fits counts. */
export type KnownRefusal = {
  /** Name of the error as its service documents it; `Exception` or `Error` at its end makes no difference. */
  error: string;
  /** The error's own reason, where it has one. */
  reason?: string;
  /** The only field that the error names. */
  field?: string;
  /**
   * What its text says, where the name alone says too little. The text is compared and then forgotten: it may quote
   * an address or a number.
   */
  says?: RegExp;
  code: RefusalCode;
};

/** A refusal that the service itself wrote, as the SDK hands it over. */
export type ServiceRefusal = Error & {
  /** Why, as a code; End User Messaging says it. */
  Reason?: string;
  /** Which fields are wrong; End User Messaging says it. */
  Fields?: readonly { Name?: string }[];
  $fault?: string;
  $metadata?: { httpStatusCode?: number };
};

/** The code for a refusal; undefined if no row knows it. */
export function codeOf(refusal: ServiceRefusal, known: readonly KnownRefusal[]): RefusalCode | undefined {
  return known.find((row) => fits(row, refusal))?.code;
}

function fits({ error, reason, field, says }: KnownRefusal, refusal: ServiceRefusal): boolean {
  return (
    bareName(error) === bareName(refusal.name) &&
    (reason === undefined || reason === refusal.Reason) &&
    (field === undefined || namesOnly(field, refusal)) &&
    (says === undefined || says.test(refusal.message))
  );
}

/** The query protocol writes `AuthorizationError`, the SDK makes `AuthorizationErrorException` of it where it knows it. */
const bareName = (name: string): string => name.replace(/Exception$/, '').replace(/Error$/, '');

function namesOnly(field: string, { Fields = [] }: ServiceRefusal): boolean {
  return Fields.length > 0 && Fields.every(({ Name }) => Name === field);
}
