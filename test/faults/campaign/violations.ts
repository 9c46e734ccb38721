import type { Told, Wish } from './clients.ts';
import type { NotificationRow } from './facts.ts';

/** What must not be. */
export const VIOLATIONS = [
  /** Accepted, and not there; or said to be sent, and not sent. */
  'lost',
  /** Taken by the provider more than once. */
  'doubled',
  /** There, and nobody asked for it. */
  'phantom',
  /** Two places say different things about the same. */
  'diverging',
  /** Something is still to happen although nothing happens any more. */
  'unfinished',
] as const;
export type ViolationKind = (typeof VIOLATIONS)[number];
export type Violation = { kind: ViolationKind; about: string; why: string };

export type Say = (kind: ViolationKind, about: string, why: string) => void;

export type Tell = (kind: ViolationKind, why: string) => void;

export const aboutWish = ({ tenant, orderId, key, path }: Wish): string =>
  `${tenant} order ${orderId}, POST ${path}, key ${key}`;

export const isAccepted = ({ status }: Told): boolean => status >= 200 && status < 300;
export const orderKey = ({ tenant, orderId }: { tenant: string; orderId: string }): string => `${tenant} ${orderId}`;

export const aboutNotification = ({ tenant, notificationId, notification }: NotificationRow): string =>
  `${tenant} ${notification.channel} ${notificationId}, correlation id ${notification.correlationId}`;
