import type { LookIcon } from './looks.ts';

/** Icons of 16 px, drawn with lines in the colour of the text. They decorate a word that says the same. */
const PATHS = {
  check: 'M3.500 8.500l3 3 6-7',
  'check-all': 'M1.500 8.500l3 3 5.500-7M8 11.500l.5.500 6-7.500',
  clock: 'M8 4.500V8l2.500 1.500M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12z',
  arrow: 'M3 8h9.500M9 4.500L12.500 8 9 11.500',
  question:
    'M6 6.200a2 2 0 1 1 2.800 1.900c-.5.300-.8.600-.8 1.200M8 11.500v.1M8 14.200A6.200 6.200 0 1 0 8 1.800a6.200 6.200 0 0 0 0 12.400z',
  hand: 'M8 2.500v6M8 11.600v.2M2 13.500L8 2.200l6 11.300z',
  cross: 'M4.500 4.500l7 7M11.500 4.500l-7 7',
  stop: 'M3.800 3.800l8.400 8.400M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12z',
  dot: 'M8 9.500a1.500 1.500 0 1 0 0-3 1.500 1.500 0 0 0 0 3z',
  email: 'M2 4.500a1 1 0 0 1 1-1h10a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1zM2.300 4.500L8 9l5.700-4.500',
  sms: 'M2 4a1 1 0 0 1 1-1h10a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1H7l-3.500 2.800V11H3a1 1 0 0 1-1-1z',
  webhook: 'M5.500 4.500L2 8l3.500 3.500M10.500 4.500L14 8l-3.500 3.500',
  file: 'M4 2h5l3.500 3.500V14H4zM9 2v3.500h3.500',
  inbox: 'M2 9l2-6h8l2 6v4H2zM2 9h3.500l1 2h3l1-2H14',
  order: 'M3.500 1.800v12.400l1.500-1 1.500 1 1.500-1 1.500 1 1.500-1 1.500 1V1.800zM6 5.500h4M6 8.500h4',
  command: 'M3 4l4 4-4 4M8.500 12H13',
  event: 'M9 1.800L3.500 9H7.500L7 14.200 12.500 7H8.500z',
  process:
    'M13 6.500A5.200 5.200 0 0 0 3.300 6M3 9.500A5.200 5.200 0 0 0 12.700 10M13.200 3.200v3.300h-3.300M2.800 12.800V9.500h3.300',
  feedback: 'M6 4L2.500 7.500 6 11M2.500 7.500h7a4 4 0 0 1 4 4v1',
  play: 'M5 3l8 5-8 5z',
  leave: 'M6.500 2.500H3v11h3.500M6 8h7.500M10.500 5l3 3-3 3',
  filter: 'M2 3.500h12M4.500 8h7M6.500 12.500h3',
  sliders:
    'M2 4.500h6M11.500 4.500H14M2 11.500h2.500M8 11.500h6M9.700 6.200a1.700 1.700 0 1 0 0-3.400 1.700 1.700 0 0 0 0 3.400zM6.200 13.200a1.700 1.700 0 1 0 0-3.400 1.700 1.700 0 0 0 0 3.400z',
  person: 'M8 8a2.800 2.800 0 1 0 0-5.600A2.800 2.800 0 0 0 8 8zM2.500 14c.6-2.600 2.800-4 5.500-4s4.900 1.400 5.500 4',
  wrench:
    'M10.500 2.200a3.800 3.800 0 0 0-3.700 5L2.300 11.700l2 2 4.500-4.500a3.800 3.800 0 0 0 4.900-4.900L11.500 6.500l-2-2z',
} as const satisfies Record<LookIcon | string, string>;

export type IconName = keyof typeof PATHS;

export const Icon = ({ name }: { name: IconName }) => (
  <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
    <path d={PATHS[name]} />
  </svg>
);

/** The mark of the product: a ticket. One part is torn off, and the check stays. */
export const Mark = () => (
  <svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
    <path
      class="mark-ticket"
      d="M4 7a3 3 0 0 1 3-3h18a3 3 0 0 1 3 3v5.500a3.500 3.500 0 0 0 0 7V25a3 3 0 0 1-3 3H7a3 3 0 0 1-3-3v-5.500a3.500 3.500 0 0 0 0-7z"
    />
    <path class="mark-lines" d="M20 8.500v1M20 15.500v1M20 22.500v1M9 16.500l2.600 2.600 4.600-5.700" />
  </svg>
);
