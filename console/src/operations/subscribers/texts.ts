import type { Texts } from '#console/base/texts.ts';
import { TEXTS as OPERATIONS } from '../texts.ts';

export const TEXTS = {
  ...OPERATIONS,
  subscribersLead: {
    en: 'The functions that handle messages, and what waits in their queues. Figures are measured once a minute.',
    de: 'Die Funktionen, die Nachrichten verarbeiten, und was in ihren Queues wartet. Zahlen werden einmal pro Minute gemessen.',
  },
  noneTitle: { en: 'Nothing was measured yet', de: 'Es wurde noch nichts gemessen' },
  noneLead: {
    en: 'The first figures come within a minute.',
    de: 'Die ersten Zahlen kommen innerhalb einer Minute.',
  },
  goneTitle: { en: 'There is no such subscriber', de: 'Diesen Subscriber gibt es nicht' },
  goneLead: { en: 'The list has all of them.', de: 'Die Liste hat alle.' },
  state: { en: 'State', de: 'Zustand' },
  waitingNow: { en: 'Waiting', de: 'Wartend' },
  waitingSince: { en: 'Queue not empty since', de: 'Queue nicht leer seit' },
  inOut: { en: 'In / out per minute', de: 'Herein / heraus pro Minute' },
  inFlight: { en: 'In flight', de: 'In Arbeit' },
  delayed: { en: 'Delayed', de: 'Verzögert' },
  dead: { en: 'Dead letters', de: 'Dead Letters' },
  circuit: { en: 'Provider', de: 'Anbieter' },
  'circuit.open': { en: 'Not called', de: 'Wird nicht aufgerufen' },
  'circuit.closed': { en: 'Called', de: 'Wird aufgerufen' },
  losesFrom: { en: 'Resume before', de: 'Fortsetzen vor' },
  pause: { en: 'Pause', de: 'Pausieren' },
  'lead.pause': {
    en: 'Its messages wait in its queue until it is resumed. That takes up to two minutes. Messages that are handled at that time are finished.',
    de: 'Seine Nachrichten warten in seiner Queue, bis er fortgesetzt wird. Das dauert bis zu zwei Minuten. Nachrichten, die gerade verarbeitet werden, werden fertig verarbeitet.',
  },
  ownerField: { en: 'Owner: who ends the pause (optional)', de: 'Zuständig: wer die Pause beendet (freiwillig)' },
  resume: { en: 'Resume', de: 'Fortsetzen' },
  'lead.resume': {
    en: 'It will handle the messages that waited, at its usual rate. That begins within two minutes.',
    de: 'Er verarbeitet die Nachrichten, die gewartet haben, mit seiner üblichen Rate. Das beginnt innerhalb von zwei Minuten.',
  },
  pausedSince: { en: 'Paused since', de: 'Pausiert seit' },
  pausedBy: { en: 'Paused by', de: 'Pausiert von' },
} as const satisfies Texts;
