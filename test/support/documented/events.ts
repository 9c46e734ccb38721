import { validatorOf } from './validator.ts';

type AsyncApi = { components: { messages: Record<string, { name: string; payload: { $ref: string } }> } };

/** Compares published messages with an AsyncAPI document. @returns a function that returns the faults of a message. */
export function eventCheck(asyncApiText: string): (envelope: unknown) => string[] {
  const document = JSON.parse(asyncApiText) as AsyncApi;
  const faultsOf = validatorOf(document);
  const payloads = new Map(
    Object.values(document.components.messages).map(({ name, payload }) => [name, payload.$ref]),
  );
  return (envelope) => {
    const { type } = envelope as { type?: string };
    const schema = payloads.get(type ?? '');
    return schema === undefined ? [`${type} is not described in the AsyncAPI document.`] : faultsOf(schema, envelope);
  };
}
