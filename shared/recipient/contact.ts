/** A person who receives messages. At least one of e-mail and phone. */
export type Contact = {
  name: string;
  email?: string;
  /** E.164: `+4366012345678`. */
  phone?: string;
  /** BCP 47: the language of messages (German for `de…`, else English), and the format of figures and times. */
  locale?: string;
};
