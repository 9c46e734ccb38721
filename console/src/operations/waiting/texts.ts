import type { Texts } from '#console/base/texts.ts';
import { TEXTS as OPERATIONS } from '../texts.ts';

export const TEXTS = {
  ...OPERATIONS,
  waitingLead: {
    en: 'Notifications of all tenants that wait: ids, times and codes. Their content is shown to their tenant only.',
    de: 'Benachrichtigungen aller Mandanten, die warten: Ids, Zeiten und Codes. Den Inhalt sieht nur ihr Mandant.',
  },
  purpose: { en: 'Purpose', de: 'Zweck' },
  notification: { en: 'Notification', de: 'Benachrichtigung' },
  noneTitle: { en: 'No notification waits here', de: 'Hier wartet keine Benachrichtigung' },
  noneLead: { en: 'None has this status now.', de: 'Keine hat jetzt diesen Status.' },
} as const satisfies Texts;
