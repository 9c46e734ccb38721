/** The gateways for text messages that a stage can choose: one line each. */
export { endUserMessaging } from '#shared/adapters/aws/providers/end-user-messaging/stage.ts';
export { sns } from '#shared/adapters/aws/providers/sns/stage.ts';
