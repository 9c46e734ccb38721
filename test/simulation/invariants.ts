/** The invariants that the checks prove, by name. */
const INVARIANTS = [
  'every accepted command took effect, once',
  'a key has one answer',
  'another body under a key is a conflict',
  'every message was published',
  'a message is the same each time it is published',
  'one event for each thing that happened',
  'nothing was said that nobody decided',
  'nothing was sent that nobody asked for',
  'nothing was sent twice',
  'one automatic resend at most',
  'nothing untrue was said',
  'two accepted calls are shown as doubled',
  'no resend follows an accepted attempt',
  'nothing is left unfinished',
  'what a row says is what happened',
  'every attempt sends the same bytes',
  'nothing is lost',
  'only a refusal of the message itself fails it',
  'what was certainly not sent is not held',
  'few calls are made while the account may not send',
  'nothing is sent after it was cancelled',
  'nothing is sent to who was erased',
  'nothing is sent to a suppressed recipient',
  'who bounced or complained is suppressed, and no one else',
  'what became of a recipient is what the provider said',
  'what is said of a message is what became of its recipients',
  'nothing personal is left after an erasure',
  'only what can never be handled is set aside',
] as const;
export type Invariant = (typeof INVARIANTS)[number];
export type Violation = { invariant: Invariant; about: string };

/** Records a violation of the invariant unless it holds. @param about names what violates it. */
export type Check = (holds: boolean, invariant: Invariant, about: () => string) => void;
