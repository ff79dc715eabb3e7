import { Worker } from "node:worker_threads";

/** Seconds for one input. Most take less than a millisecond: whoever is still at it then does not end. */
const PATIENCE = 60;

/** Ends the process, saying which input it was, where one does not end: nobody else can while it computes. */
export class Watchdog {
  readonly #state = new Int32Array(new SharedArrayBuffer(4));
  readonly #worker: Worker;

  /** @param told what is printed before the number of the input */
  constructor(told: string) {
    this.#worker = new Worker(
      `const { workerData: { state, told, patience } } = require("node:worker_threads");
      let before = -1, since = Date.now();
      setInterval(() => {
        const now = Atomics.load(state, 0);
        if (now !== before) { before = now; since = Date.now(); return; }
        if (Date.now() - since < patience * 1000) return;
        require("node:fs").writeSync(2, told + now + " does not end\\n");
        process.kill(process.pid, "SIGKILL");
      }, 1000);`,
      { eval: true, workerData: { state: this.#state, told, patience: PATIENCE } },
    );
    this.#worker.unref();
  }

  begin(number: number): void {
    Atomics.store(this.#state, 0, number);
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}
