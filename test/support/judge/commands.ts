import { compareOnce } from './once.ts';

/** An answer that a key keeps: what was accepted, or refused by the decider. */
export type KeyedAnswer = {
  /** Whatever an idempotency key is unique in: tenant, path, key. */
  key: string;
  /** The answered request, as one object; another body under the same key is another object. */
  request: object;
  /** Absent if each repetition gets a new answer, such as the URL of an upload. */
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

/** What is known about one order: its row and its commands. */
export type OrderEvidence = {
  /** SKUs of its lines. */
  lines: readonly string[];
  version: number;
  /** SKUs whose addition was acknowledged to clients. */
  acknowledged: readonly string[];
  /** SKUs whose request got no answer: the order may contain them or not. */
  unanswered: readonly string[];
  /** Number of its accepted commands in the outbox. */
  committed: number;
};

/** Every accepted command took effect once. @returns a sentence for each fault. */
export function judgeOrder({ lines, version, acknowledged, unanswered, committed }: OrderEvidence): string[] {
  const { missing, repeated, unexpected } = compareOnce(acknowledged, lines);
  const open = unexpected.filter((sku) => unanswered.includes(sku));
  const doubled = [...repeated, ...compareOnce(open, lines).repeated];
  const areLines = missing.length + doubled.length === 0 && unexpected.length === open.length;
  return [
    ...(areLines ? [] : [`its lines are ${lines}, acknowledged were ${acknowledged}`]),
    ...(version === committed ? [] : [`version ${version} after ${committed} accepted commands`]),
  ];
}
