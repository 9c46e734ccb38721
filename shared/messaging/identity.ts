/** The owner of the data and the thing that it is about. The key of every row is derived from it. */
export type Subject = {
  tenant: string;
  /** Kind of subject (lower-case letters). */
  type: string;
  id: string;
};

/** One of several states that belong to a subject, kept in the subject's partition. */
export type StatePart = {
  /** Kind of part (lower-case letters). */
  type: string;
  id: string;
};

/** The key of one versioned state: a subject's own state, or one of its parts. */
export type StateKey = Subject & { part?: StatePart };

/** The kind of state that a key names. */
export const typeOfState = ({ type, part }: StateKey): string => part?.type ?? type;

/** `<type>/<id>`, of the part if the key names one. */
export const subjectName = ({ type, id, part }: StateKey): string =>
  part ? `${part.type}/${part.id}` : `${type}/${id}`;
