import { useTexts } from '#console/base/context.ts';
import type { IconName } from '#console/parts/icons.tsx';
import type { TimelineEntry } from '#shared/timeline/responses.ts';
import { TEXTS } from './texts.ts';
import { type Subject, searchOf } from './view.ts';

/** Where an entry of a timeline opens: a message as in the log, and everything else by itself. */
export function hrefOfEntry({ kind, id }: Subject, entry: TimelineEntry): string {
  const { notificationId } = entry;
  return searchOf(notificationId === undefined ? { kind, id, entry: entry.id } : { kind, id, message: notificationId });
}

/** What an entry is called. Commands, events and processes have the names that they have in the API. */
export function useNaming() {
  const t = useTexts(TEXTS);
  const titleOf = ({ kind, type }: TimelineEntry): string => {
    if (kind === 'feedback') return t.value('status', type);
    return kind === 'notification' || kind === 'webhook' ? t.value('event', type) : type;
  };
  /** What a node of the graph is about, and its kind. */
  const nodeTitleOf = (entry: TimelineEntry): { title: string; kind: string; icon: IconName } => {
    const { kind, channel = '', purpose, type } = entry;
    const ofKind = t.value('kind', kind);
    switch (kind) {
      case 'notification':
      case 'webhook':
        return { title: purpose ?? type, kind: t.value('channel', channel), icon: iconOf(channel) };
      case 'feedback':
        return { title: ofKind, kind: t.value('channel', channel), icon: 'feedback' };
      default:
        return { title: type, kind: ofKind, icon: kind };
    }
  };
  return { titleOf, nodeTitleOf };
}

const iconOf = (channel: string): IconName =>
  channel === 'email' || channel === 'sms' || channel === 'webhook' ? channel : 'dot';
