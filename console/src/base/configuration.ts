/** What the console knows about its stage before a person signs in: `config.json`, next to the page. */
export type Configuration = {
  apiUrl: string;
  /**
   * How people sign in. `demo`: one click per identity, on a stage of this machine. Another kind is of a newer release, or
   * of a stage that has no sign-in for this console.
   */
  signIn: { kind: 'demo'; identities: readonly string[] } | { kind: 'none' };
  /** Where the stage announces changes, and the claim of a token that names the tenant. Absent: it announces none. */
  live?: { url: string; host: string; tenantClaim: string };
  /** The local inbox. A deployed stage has none. */
  inboxUrl?: string;
  /**
   * Orders may be placed for trying. `faults` are those that the console’s server can switch on: none on a deployed stage.
   * Absent in production.
   */
  tryIt?: { faults: readonly string[] };
};

export async function readConfiguration(): Promise<Configuration> {
  const answer = await fetch('config.json');
  if (!answer.ok) throw new Error(`config.json: ${answer.status}`);
  return answer.json();
}
