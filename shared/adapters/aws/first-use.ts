/**
 * Makes something when it is first asked for, and once: for clients that not every environment needs, with
 * an `import()` in `make`, so that a cold start does not pay for them. A failed try is not remembered.
 */
export function onFirstUse<Made>(make: () => Promise<Made>): () => Promise<Made> {
  let made: Promise<Made> | undefined;
  return () => {
    made ??= make().catch((error) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
