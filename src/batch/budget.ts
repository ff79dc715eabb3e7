/** Memory that one job takes, about, in bytes: models, pictures under way, the decoder. */
const perJob = 2 ** 30;

/** What there is to share. */
export interface Machine {
  readonly cores: number;
  /** Bytes that are free. */
  readonly memory: number;
}

/** What a batch may use. */
export interface Budget {
  /** How many inputs are worked on at a time. */
  readonly jobs: number;
  /** Threads of each job, for its models and its decoder alike. */
  readonly threads: number;
}

/**
 * Shares a machine out among jobs: as many as it has cores and memory for, and as many threads for each as leave none
 * waiting for another. Several jobs of few threads do more than one of many, whose threads wait for each other.
 *
 * @param wanted what the user asked for, which stands
 */
export function planBudget({ cores, memory }: Machine, files: number, wanted: Partial<Budget> = {}): Budget {
  const room = Math.min(cores, Math.max(1, Math.floor(memory / perJob)));
  const jobs = Math.max(1, Math.min(wanted.jobs ?? room, files));
  return { jobs, threads: wanted.threads ?? Math.max(1, Math.floor(cores / jobs)) };
}
