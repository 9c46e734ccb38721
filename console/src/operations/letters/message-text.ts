/** A message with indentation. A text that is not JSON stays as it is. */
export function indented(text: string): string {
  const message = messageIn(text);
  return message === undefined ? text : JSON.stringify(message, null, 2);
}

/** The message in a text, if it is one: an object in JSON. */
export function messageIn(text: string): object | undefined {
  try {
    const message: unknown = JSON.parse(text);
    return typeof message === 'object' && message !== null && !Array.isArray(message) ? message : undefined;
  } catch {
    // What a person types is often not JSON yet.
    return undefined;
  }
}
