import { compareOnce } from './once.ts';

/** An answer that a key keeps: what was accepted, or refused by the decider. */
export type KeyedAnswer = {
  /** Whatever an idempotency key is unique in: tenant, path, key. */
  key: string;
  /** The request that was answered, as one object; another body under the same key is another one. */
  request: object;
  /** Absent where a repetition is answered anew, as with the address of an upload. */
  text?: string;
};

/** What is wrong with the answers under one key. */
export type AnswerFinding = { key: string; what: 'two bodies answered' | 'two answers'; why: string };

/** A key has one answer, and one body: every other body under it is a conflict. */
export function judgeAnswers(answers: readonly KeyedAnswer[]): AnswerFinding[] {
  const findings: AnswerFinding[] = [];
  for (const [key, same] of Map.groupBy(answers, (one) => one.key)) {
    const texts = new Set(same.flatMap(({ text }) => text ?? []));
    if (texts.size > 1) findings.push({ key, what: 'two answers', why: [...texts].join(' | ') });
    const requests = new Set(same.map(({ request }) => request));
    if (requests.size > 1) findings.push({ key, what: 'two bodies answered', why: `${requests.size} bodies` });
  }
  return findings;
}

/** What is known of one order: its row, and the commands about it. */
export type OrderEvidence = {
  /** SKUs of its lines. */
  lines: readonly string[];
  version: number;
  /** SKUs that clients were told are in it. */
  acknowledged: readonly string[];
  /** SKUs that a client asked for and was not answered about: they may be there or not. */
  unanswered: readonly string[];
  /** Accepted commands about it in the outbox. */
  committed: number;
};

/** Every accepted command took effect, once: what is wrong, in a sentence for each. */
export function judgeOrder({ lines, version, acknowledged, unanswered, committed }: OrderEvidence): string[] {
  const { missing, repeated, unasked } = compareOnce(acknowledged, lines);
  const open = unasked.filter((sku) => unanswered.includes(sku));
  const doubled = [...repeated, ...compareOnce(open, lines).repeated];
  const areLines = missing.length + doubled.length === 0 && unasked.length === open.length;
  return [
    ...(areLines ? [] : [`its lines are ${lines}, acknowledged were ${acknowledged}`]),
    ...(version === committed ? [] : [`version ${version} after ${committed} accepted commands`]),
  ];
}
