/** The invariants that the checks prove, by name. */
const INVARIANTS = [
  'every accepted command took effect once',
  'a key has one answer',
  'another body under a key is a conflict',
  'every message was published',
  'a message is the same each time it is published',
  'one event for each thing that happened',
  'every published message was decided',
  'nothing was sent that was not requested',
  'nothing was sent twice',
  'one automatic resend at most',
  'every published event is true',
  'two accepted calls are shown as doubled',
  'no resend follows an accepted attempt',
  'nothing is left unfinished',
  'every row shows what happened',
  'every attempt sends the same bytes',
  'nothing is lost',
  'only a refusal of the message itself fails it',
  'what was certainly not sent is not held',
  'few calls are made while the account may not send',
  'nothing is sent after it was cancelled',
  'nothing is sent to an erased recipient',
  'nothing is sent to a suppressed recipient',
  'exactly the recipients that bounced or complained are suppressed',
  'the outcomes of a recipient are those that the provider reported',
  'the outcomes of a message follow from its recipients',
  'no personal data is left after an erasure',
  'only what can never be handled is set aside',
  'an order that stays placed has one reminder',
  'no reminder follows a confirmation or a cancellation',
  'an approved order has one approval',
  'what did not arrive has one fallback, and nothing else has',
  'a new customer is greeted once',
] as const;
export type Invariant = (typeof INVARIANTS)[number];
export type Violation = { invariant: Invariant; about: string };

/** Records a violation of the invariant unless it holds. @param about names what violates it. */
export type Check = (holds: boolean, invariant: Invariant, about: () => string) => void;
