/** Every field that at least one member of a union has. */
export type FieldOfAny<Union> = Union extends unknown ? keyof Union : never;

/**
 * The fields of a state's status, each named once. The type requires every field of every status: a missing field does
 * not compile, and neither does a field that no status has.
 */
export type StatusFields<Status> = Readonly<Record<FieldOfAny<Status>, true>>;

/** The fields that a change of status keeps. None of them may have the name of a status field. */
export type HeaderOf<Header, Status> = Extract<keyof Header, FieldOfAny<Status>> extends never ? Header : never;

/**
 * A state without the fields of its status. The status fields are listed and all others are kept, so a change of status
 * cannot lose a field that is added to the header later.
 */
export function withoutStatus<Header extends object, Status>(
  state: Header & Status,
  fields: StatusFields<Status>,
): HeaderOf<Header, Status> {
  const kept = Object.entries(state).filter(([name]) => !Object.hasOwn(fields, name));
  // Only the status fields are removed, so the rest is the header.
  return Object.fromEntries(kept) as HeaderOf<Header, Status>;
}
