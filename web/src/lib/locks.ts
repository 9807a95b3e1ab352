/** Runs one job at a time per name, across all tabs of this origin where the browser can. */
export interface Locks {
  run<T>(name: string, job: () => Promise<T>): Promise<T>;
}

/**
 * Locks by the Web Locks API. It is missing outside secure contexts; jobs are then serialised in
 * this tab only.
 */
export function createLocks(manager: LockManager | undefined): Locks {
  return manager === undefined ? createLocalLocks() : { run: (name, job) => runLocked(manager, name, job) };
}

async function runLocked<T>(manager: LockManager, name: string, job: () => Promise<T>): Promise<T> {
  return manager.request(name, job);
}

/** Locks within this tab. */
export function createLocalLocks(): Locks {
  const tails = new Map<string, Promise<unknown>>();
  return {
    run<T>(name: string, job: () => Promise<T>): Promise<T> {
      const result = (tails.get(name) ?? Promise.resolve()).then(job);
      const tail = result.catch(() => undefined).then(() => {
        if (tails.get(name) === tail) tails.delete(name);
      });
      tails.set(name, tail);
      return result;
    },
  };
}
