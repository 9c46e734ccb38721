import type { LogEntry, LoggedNotification, MessageLogStore } from '#shared/message-log/ports.ts';
import type { StateKey } from '#shared/messaging/identity.ts';
import type { StoredState } from '#shared/messaging/rows.ts';
import type { NotificationContent } from '#shared/notification/content.ts';
import type { Notification } from '#shared/notification/notification.ts';
import { notificationKey } from '#shared/notification/notification-id.ts';
import type { NotificationKey, OutcomeStore } from '#shared/notification/ports.ts';

export type MemoryRows = {
  /** The keys of all states. */
  keys(): StateKey[];
  stateOf(key: StateKey): StoredState<Notification> | undefined;
  /** ISO 8601. Unreadable rows have it too, because the table stores the log position in an attribute of its own. */
  createdAtOf(key: StateKey): string;
  contentOf(key: StateKey): NotificationContent | undefined;
  outcomes: OutcomeStore;
};

/** The message log of a store in memory. */
export function memoryMessageLog({ keys, stateOf, createdAtOf, contentOf, outcomes }: MemoryRows): MessageLogStore {
  const keysOf = (tenant: string): NotificationKey[] =>
    keys()
      .filter((key) => key.tenant === tenant)
      .map(({ part }) => notificationKey(tenant, part?.id ?? ''))
      .filter((key) => key !== undefined);
  const contentAndEvents = async (key: NotificationKey) => {
    const content = contentOf(key);
    return { ...(content !== undefined && { content }), events: await outcomes.readOutcomes(key) };
  };
  const logged = async (key: NotificationKey): Promise<LoggedNotification | undefined> => {
    const stored = stateOf(key);
    return stored && { key, stored, ...(await contentAndEvents(key)) };
  };
  return {
    async listLog(tenant, { from = '', to = '~', after = '~' }, limit) {
      const entries = keysOf(tenant)
        .map((key): LogEntry => ({ key, position: positionOf(key, createdAtOf(key)) }))
        .filter(({ position }) => position >= from && position <= to && position < after)
        .sort((one, other) => (one.position < other.position ? 1 : -1));
      const page = entries.slice(0, limit);
      const last = page.at(-1)?.position;
      return { entries: page, isLast: entries.length <= limit, unknown: [], ...(last !== undefined && { last }) };
    },

    async readStates(wanted) {
      const states = wanted.map((key) => [key.notificationId, stateOf(key)] as const);
      return new Map(states.flatMap(([id, stored]) => (stored ? [[id, stored] as const] : [])));
    },

    async readContents(wanted) {
      const contents = wanted.map(async (key) => [key.notificationId, await contentAndEvents(key)] as const);
      return new Map(await Promise.all(contents));
    },

    async readProgress(wanted) {
      return (await Promise.all(wanted.map(logged))).filter((one) => one !== undefined);
    },

    readLogged: logged,

    async readLoggedOf({ tenant, type, id }) {
      const own = keysOf(tenant).filter((key) => key.type === type && key.id === id);
      return (await Promise.all(own.map(logged))).filter((one) => one !== undefined);
    },
  };
}

const positionOf = ({ notificationId }: NotificationKey, createdAt: string): string => `${createdAt}#${notificationId}`;
