/** What the provider makes of the first call that reaches it; every later one is taken. */
export const FIRST_ANSWERS = ['accepted', 'rejected', 'answer lost', 'request lost'] as const;
export type FirstAnswer = (typeof FIRST_ANSWERS)[number];

/** One accident, at any moment: a sender dies, or so much time passes that everything due is woken and settled. */
export const ACCIDENTS = ['none', 'the first sender dies', 'time passes'] as const;
export type Accident = (typeof ACCIDENTS)[number];

/** Who else is at it, while the message is delivered. */
export const COMPANY = ['a second delivery', 'an erasure', 'a cancellation'] as const;
export type Company = (typeof COMPANY)[number];

/**
 * What can cross an erasure: its request at any moment of a delivery while the log does not show the notification yet;
 * another order and another request at any moment of the walk; an order that was decided before the request, is
 * committed at any moment after it, and that the log never shows.
 */
export const ERASURE_COMPANY = ['a late entry', 'a second request', 'a command in progress'] as const;
type ErasureCompany = (typeof ERASURE_COMPANY)[number];

export type SmallCase = { firstAnswer: FirstAnswer; accident: Accident; company: Company | ErasureCompany };

const IN_EVERY_WAY = COMPANY.flatMap((company) =>
  FIRST_ANSWERS.flatMap((firstAnswer) => ACCIDENTS.map((accident): SmallCase => ({ company, firstAnswer, accident }))),
);
/** Only the case of a late entry calls a provider; the erasure with a complete log covers accidents after an acceptance. */
const isOfUse = (company: ErasureCompany, firstAnswer: FirstAnswer, accident: Accident): boolean => {
  if (company !== 'a late entry') return firstAnswer === 'accepted' && accident !== 'the first sender dies';
  return accident === 'none' || firstAnswer === 'rejected';
};
const OF_ERASURES = ERASURE_COMPANY.flatMap((company) =>
  FIRST_ANSWERS.flatMap((firstAnswer) =>
    ACCIDENTS.filter((accident) => isOfUse(company, firstAnswer, accident)).map(
      (accident): SmallCase => ({ company, firstAnswer, accident }),
    ),
  ),
);
export const SMALL_CASES: readonly SmallCase[] = [...IN_EVERY_WAY, ...OF_ERASURES];

/** A case with fewer schedules explores nothing: its actors do not run in parallel. */
export const FEWEST_SCHEDULES = 11;

/** `small`: at most about two seconds of processor time. `medium`: at most about six. `large`: up to minutes. */
export function sizeOf(small: SmallCase): 'small' | 'medium' | 'large' {
  if (isLarge(small)) return 'large';
  return isMedium(small) ? 'medium' : 'small';
}

const isAccepted = ({ firstAnswer }: SmallCase): boolean => ['accepted', 'answer lost'].includes(firstAnswer);

function isLarge(small: SmallCase): boolean {
  const { accident, firstAnswer, company } = small;
  switch (company) {
    case 'a second delivery':
      return isAccepted(small) && accident === 'time passes';
    case 'a cancellation':
      return isAccepted(small) && accident !== 'none';
    case 'an erasure':
      return isAccepted(small) || accident === 'time passes';
    case 'a late entry':
      return firstAnswer !== 'rejected' || accident !== 'none';
    case 'a second request':
    case 'a command in progress':
      return false;
    default:
      return company satisfies never;
  }
}

/** Of the cases that are not large. */
function isMedium(small: SmallCase): boolean {
  if (small.company === 'a cancellation') return isAccepted(small);
  if (small.company !== 'a second delivery') return false;
  return small.accident === 'time passes' || (small.accident === 'the first sender dies' && isAccepted(small));
}
