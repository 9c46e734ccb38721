import type { Texts } from '#console/base/texts.ts';
import { TEXTS as OPERATIONS } from '../texts.ts';

export const TEXTS = {
  ...OPERATIONS,
  groupsLead: {
    en: 'Open dead letters with the same cause are one group. The group with the oldest one is first.',
    de: 'Offene Dead Letters mit derselben Ursache sind eine Gruppe. Die Gruppe mit dem ältesten steht zuerst.',
  },
  cause: { en: 'Cause', de: 'Ursache' },
  open: { en: 'Open', de: 'Offen' },
  automaticRedrive: { en: 'Automatic redrive', de: 'Automatischer Redrive' },
  automaticLeft: { en: 'Left for a person: {left}', de: 'Für eine Person übrig: {left}' },
  frames: { en: 'Where it failed', de: 'Wo es fehlschlug' },
  noneTitle: { en: 'No dead letters are open', de: 'Keine Dead Letters sind offen' },
  noneLead: {
    en: 'Every message and every record could be handled.',
    de: 'Jede Nachricht und jeder Datensatz konnte verarbeitet werden.',
  },
  groupGoneTitle: { en: 'This group has no open dead letters', de: 'Diese Gruppe hat keine offenen Dead Letters' },
  groupGoneLead: {
    en: 'They were handled or discarded, or there is no such group.',
    de: 'Sie wurden verarbeitet oder verworfen, oder es gibt diese Gruppe nicht.',
  },
  describe: { en: 'Set owner and note', de: 'Zuständigkeit und Notiz setzen' },
  describeLead: {
    en: 'They belong to the group, and stay when its dead letters are closed or fail again. An empty field removes one.',
    de: 'Sie gehören zur Gruppe und bleiben, wenn ihre Dead Letters geschlossen werden oder wieder fehlschlagen. Ein leeres Feld entfernt.',
  },
  ownerField: { en: 'Owner: a team or a person', de: 'Zuständig: ein Team oder eine Person' },
  noteField: { en: 'Note: what is known about the cause', de: 'Notiz: was über die Ursache bekannt ist' },
  described: { en: 'Owner and note are stored.', de: 'Zuständigkeit und Notiz sind gespeichert.' },
  example: { en: 'Example', de: 'Beispiel' },
} as const satisfies Texts;
