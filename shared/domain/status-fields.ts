/** Every field that at least one member of a union has. */
export type FieldOfAny<Union> = Union extends unknown ? keyof Union : never;

/**
 * The fields of a state's status, each named once. The type asks for every field of every status: a field that is
 * forgotten here does not compile, and neither does one that no status has.
 */
export type StatusFields<Status> = Readonly<Record<FieldOfAny<Status>, true>>;

/** The fields of a state that outlive a change of status. None of them may have the name of a field of a status. */
export type HeaderOf<Header, Status> = Extract<keyof Header, FieldOfAny<Status>> extends never ? Header : never;

/**
 * A state without the fields of its status, whatever else it holds. The fields of a status are named and the rest is
 * carried over, so a field that is added to the header later cannot be lost at a change of status.
 */
export function withoutStatus<Header extends object, Status>(
  state: Header & Status,
  fields: StatusFields<Status>,
): HeaderOf<Header, Status> {
  const kept = Object.entries(state).filter(([name]) => !Object.hasOwn(fields, name));
  // The names of the status's fields are all that is taken away, so what is left is the header.
  return Object.fromEntries(kept) as HeaderOf<Header, Status>;
}
