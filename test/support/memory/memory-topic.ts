import type { Publication, Publisher, PublishFailure } from '#shared/once/ports.ts';

/** A topic that records its messages. `refuse` makes messages fail, as SNS may do. */
export type MemoryTopic = Publisher & {
  published: Publication[];
  refuse(rule: (publication: Publication) => PublishFailure | undefined): void;
};

export function memoryTopic(): MemoryTopic {
  const published: Publication[] = [];
  let rule: (publication: Publication) => PublishFailure | undefined = () => undefined;
  return {
    published,
    refuse: (next) => {
      rule = next;
    },
    async publishBatch(publications) {
      const failures = publications.flatMap((publication) => rule(publication) ?? []);
      const failed = new Set(failures.map(({ key }) => key));
      published.push(
        ...publications.filter(({ key }) => !failed.has(key)).map((publication) => structuredClone(publication)),
      );
      return failures;
    },
  };
}
