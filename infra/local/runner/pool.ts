import type { Environment } from './environment.ts';

export type PoolOptions = {
  start: () => Environment;
  /** Maximum number of environments: they are processes of one machine. */
  maximum: number;
  /** How long an idle environment is kept. */
  idleMs: number;
};

/** All environments of one function. */
export type Pool = {
  /** Runs the function in a free environment, in a new one, or in the first that becomes free. */
  invoke(event: unknown): Promise<unknown>;
  /** Settles when no invocation runs or waits. */
  untilIdle(): Promise<void>;
  close(): Promise<void>;
};

type Waiting = { event: unknown; resolve: (result: unknown) => void; reject: (error: unknown) => void };

export function createPool({ start, maximum, idleMs }: PoolOptions): Pool {
  const all = new Set<Environment>();
  /** Idle environments and the timers that end them. The most recently used one is taken first. */
  const idle = new Map<Environment, NodeJS.Timeout>();
  const waiting: Waiting[] = [];
  const idleListeners: (() => void)[] = [];
  let starting = 0;
  let running = 0;
  let closed = false;

  const takeIdle = (): Environment | undefined => {
    const environment = [...idle.keys()].at(-1);
    if (environment) {
      clearTimeout(idle.get(environment));
      idle.delete(environment);
    }
    return environment;
  };

  const dispatch = (): void => {
    for (let next = waiting[0]; next; next = waiting[0]) {
      const environment = takeIdle();
      if (!environment) break;
      waiting.shift();
      void run(environment, next);
    }
    while (waiting.length > starting && all.size < maximum) void grow();
    if (waiting.length === 0 && running === 0) for (const listener of idleListeners.splice(0)) listener();
  };

  const grow = async (): Promise<void> => {
    const environment = start();
    all.add(environment);
    starting += 1;
    void environment.gone.then(() => forget(environment));
    try {
      await environment.ready;
      release(environment);
    } catch (error) {
      // The oldest waiting invocation fails, because the bundle does not load.
      environment.kill();
      waiting.shift()?.reject(error);
    } finally {
      starting -= 1;
      dispatch();
    }
  };

  const run = async (environment: Environment, { event, resolve, reject }: Waiting): Promise<void> => {
    running += 1;
    try {
      resolve(await environment.invoke(event));
    } catch (error) {
      reject(error);
    } finally {
      running -= 1;
      release(environment);
      dispatch();
    }
  };

  const release = (environment: Environment): void => {
    if (!environment.isAlive()) return;
    idle.set(environment, setTimeout(() => retire(environment), idleMs).unref());
  };

  const retire = (environment: Environment): void => {
    // Removed from the list first, so that it gets no work while it ends.
    idle.delete(environment);
    environment.kill();
  };

  const forget = (environment: Environment): void => {
    all.delete(environment);
    clearTimeout(idle.get(environment));
    idle.delete(environment);
    dispatch();
  };

  return {
    invoke: (event) =>
      new Promise((resolve, reject) => {
        // Nothing would stop an environment that is started now.
        if (closed) return reject(stopping());
        waiting.push({ event, resolve, reject });
        dispatch();
      }),
    untilIdle: () =>
      new Promise((resolve) => {
        idleListeners.push(resolve);
        dispatch();
      }),
    async close() {
      closed = true;
      for (const { reject } of waiting.splice(0)) reject(stopping());
      const environments = [...all];
      for (const environment of environments) environment.kill();
      await Promise.all(environments.map(({ gone }) => gone));
    },
  };
}

const stopping = (): Error => new Error('The local cloud stops.');
