import type { ReceivedAnswer, Wish } from './clients.ts';
import type { NotificationRow } from './facts.ts';

/** The kinds of violations. */
export const VIOLATIONS = [
  /** Accepted, but missing; or reported as sent, but not sent. */
  'lost',
  /** Accepted by the provider more than once. */
  'doubled',
  /** Present without a request. */
  'phantom',
  /** Two sources contradict each other. */
  'diverging',
  /** Something is still due although the stage is idle. */
  'unfinished',
] as const;
export type ViolationKind = (typeof VIOLATIONS)[number];
export type Violation = { kind: ViolationKind; about: string; why: string };

export type Report = (kind: ViolationKind, about: string, why: string) => void;

export type ReportReason = (kind: ViolationKind, why: string) => void;

export const aboutWish = ({ tenant, orderId, key, path }: Wish): string =>
  `${tenant} order ${orderId}, POST ${path}, key ${key}`;

export const isAccepted = ({ status }: ReceivedAnswer): boolean => status >= 200 && status < 300;
export const orderKey = ({ tenant, orderId }: { tenant: string; orderId: string }): string => `${tenant} ${orderId}`;

export const aboutNotification = ({ tenant, notificationId, notification }: NotificationRow): string =>
  `${tenant} ${notification.channel} ${notificationId}, correlation id ${notification.correlationId}`;
