import type { NotificationRow } from './facts.ts';
import type { PlannedRequest } from './requests.ts';
import type { ReceivedAnswer } from './sending.ts';

/** Kinds of violations. */
export const VIOLATIONS = [
  /** Accepted but missing, or reported as sent but not sent. */
  'lost',
  /** Accepted by the provider more than once. */
  'doubled',
  /** Present, but not requested. */
  'phantom',
  /** Two records of the same thing differ. */
  'diverging',
  /** Work is left although the system is idle. */
  'unfinished',
] as const;
export type ViolationKind = (typeof VIOLATIONS)[number];
export type Violation = { kind: ViolationKind; about: string; why: string };

/** Reports a violation. */
export type Report = (kind: ViolationKind, about: string, why: string) => void;

/** Reports a violation of one thing, which the caller has already named. */
export type ReportOne = (kind: ViolationKind, why: string) => void;

export const aboutRequest = ({ tenant, orderId, key, path, method = 'POST' }: PlannedRequest): string =>
  `${tenant} order ${orderId}, ${method} ${path}, key ${key}`;

export const isAccepted = ({ status }: ReceivedAnswer): boolean => status >= 200 && status < 300;
export const orderKey = ({ tenant, orderId }: { tenant: string; orderId: string }): string => `${tenant} ${orderId}`;

export const aboutNotification = ({ tenant, notificationId, notification }: NotificationRow): string =>
  `${tenant} ${notification.channel} ${notificationId}, correlation id ${notification.correlationId}`;
