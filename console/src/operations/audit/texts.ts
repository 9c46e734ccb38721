import type { Texts } from '#console/base/texts.ts';
import { TEXTS as OPERATIONS } from '../texts.ts';

export const TEXTS = {
  ...OPERATIONS,
  auditLead: { en: 'Who did what, the latest first.', de: 'Wer was getan hat, das Neueste zuerst.' },
  doneSince: { en: 'Done since', de: 'Getan seit' },
  doneBefore: { en: 'Done before', de: 'Getan vor' },
  what: { en: 'What', de: 'Was' },
  count: { en: 'How many', de: 'Wie viele' },
  about: { en: 'About', de: 'Über' },
  removed: { en: 'removed', de: 'entfernt' },
  noneTitle: { en: 'No action is recorded', de: 'Keine Handlung ist aufgezeichnet' },
  noneLead: {
    en: 'Each action of an operator writes an entry.',
    de: 'Jede Handlung einer Person im Betrieb schreibt einen Eintrag.',
  },
  'action.discard': { en: 'Discarded a dead letter', de: 'Dead Letter verworfen' },
  'action.edit': { en: 'Edited a dead letter', de: 'Dead Letter bearbeitet' },
  'action.describe-group': { en: 'Described a group', de: 'Gruppe beschrieben' },
  'action.plan-redrive': { en: 'Planned a redrive', de: 'Redrive geplant' },
  'action.start-redrive': { en: 'Started a redrive', de: 'Redrive gestartet' },
  'action.pause-redrive': { en: 'Paused a redrive', de: 'Redrive pausiert' },
  'action.resume-redrive': { en: 'Resumed a redrive', de: 'Redrive fortgesetzt' },
  'action.stop-redrive': { en: 'Stopped a redrive', de: 'Redrive gestoppt' },
  'action.end-redrive': { en: 'Redrive ended', de: 'Redrive beendet' },
  'action.pause-subscriber': { en: 'Paused a subscriber', de: 'Subscriber pausiert' },
  'action.resume-subscriber': { en: 'Resumed a subscriber', de: 'Subscriber fortgesetzt' },
} as const satisfies Texts;
