import type { OutgoingMessage } from '#shared/delivery/provider.ts';

/**
 * Custom arguments of a message. SendGrid puts them into every event about the message, beside its own fields. The prefix
 * is necessary: a `deferred` event has a field `attempt` of SendGrid's own.
 */
export const ARGUMENT = {
  /** The stage, because an account has one webhook for all of its mail, and several stages may share an account. */
  stage: 'counterfoil_stage',
  tenant: 'counterfoil_tenant',
  notification: 'counterfoil_notification',
  attempt: 'counterfoil_attempt',
} as const;

/** The arguments of one attempt. They contain only ids, because SendGrid keeps them for a long time. */
export const argumentsOf = (
  { tenant, notificationId, attemptNonce }: OutgoingMessage,
  stage: string,
): Record<string, string> => ({
  [ARGUMENT.stage]: stage,
  [ARGUMENT.tenant]: tenant,
  [ARGUMENT.notification]: notificationId,
  [ARGUMENT.attempt]: attemptNonce,
});
