import type { RefusalCode } from '#shared/notification/refusals.ts';

/** One way in which a service refuses a call, and our code for it. The first matching row is used. */
export type KnownRefusal = {
  /** Name of the error in the service's documentation. A trailing `Exception` or `Error` is ignored. */
  error: string;
  /** The reason code of the error, if it has one. */
  reason?: string;
  /** The only field that the error names. */
  field?: string;
  /**
   * Pattern of the error's text, if the name alone is not specific enough. The text is only compared and never stored,
   * because it may quote an address or a number.
   */
  says?: RegExp;
  code: RefusalCode;
};

/** A refusal from the service itself, as the SDK returns it. */
export type ServiceRefusal = Error & {
  /** The reason as a code. End User Messaging provides it. */
  Reason?: string;
  /** The wrong fields. End User Messaging provides them. */
  Fields?: readonly { Name?: string }[];
  $fault?: string;
  $metadata?: { httpStatusCode?: number };
};

/** The code for a refusal; undefined if no row matches. */
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

/** The query protocol writes `AuthorizationError`. The SDK calls a known error `AuthorizationErrorException`. */
const bareName = (name: string): string => name.replace(/Exception$/, '').replace(/Error$/, '');

function namesOnly(field: string, { Fields = [] }: ServiceRefusal): boolean {
  return Fields.length > 0 && Fields.every(({ Name }) => Name === field);
}
