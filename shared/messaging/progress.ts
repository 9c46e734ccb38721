/** Every field that at least one member of a union has. */
export type FieldOfAny<Union> = Union extends unknown ? keyof Union : never;

/**
 * The fields of a state's progress (its status, and the fields that belong to it), each named once. The type requires
 * every field of every status: a missing field does not compile, and neither does a field that no status has.
 */
export type ProgressFields<Progress> = Readonly<Record<FieldOfAny<Progress>, true>>;

/** The fields that are independent of the status. None of them may have the name of a field of the progress. */
export type HeaderOf<Header, Progress> = Extract<keyof Header, FieldOfAny<Progress>> extends never ? Header : never;

/** What a transition changes. A field of the header that is set to undefined is removed. */
export type Change<Header, Progress> = { header?: Partial<Header>; progress?: Progress };

/**
 * The state after a transition: the changed fields of the header and, if the status changes, a new progress. The fields
 * of the progress are listed and all others are kept. So a transition cannot lose a field of the header, not even one
 * that only a newer release knows.
 */
export function changed<Header extends object, Progress extends object>(
  state: Header & Progress,
  { header, progress }: Change<Header, Progress>,
  fields: ProgressFields<Progress>,
): HeaderOf<Header, Progress> & Progress {
  const kept = Object.entries({ ...state, ...header }).filter(
    ([name, value]) => value !== undefined && !(progress && Object.hasOwn(fields, name)),
  );
  // Without a new progress, the entries contain the old one. So they are a header and a progress in both cases.
  return { ...Object.fromEntries(kept), ...progress } as HeaderOf<Header, Progress> & Progress;
}
