/** What a queue tells its producer. */
export interface QueueOptions<T> {
  /** The consumer took a value: there may be room again. */
  readonly onTake: (value: T) => void;
  /** The consumer left its loop. */
  readonly onLeave: () => Promise<void>;
}

type Waiting<T> = { resolve(result: IteratorResult<T>): void; reject(error: unknown): void };

/**
 * Values made ahead of their consumer. The producer looks at `size` and goes on when a value was taken; the
 * consumer pulls, and ends it all by leaving its loop. Not an async generator: `return()` works while a
 * `next()` is waiting.
 */
export class Queue<T> implements AsyncIterableIterator<T> {
  readonly #options: QueueOptions<T>;
  readonly #values: T[] = [];
  readonly #waiting: Waiting<T>[] = [];
  #end: { readonly error?: unknown } | undefined;
  #left = false;

  constructor(options: QueueOptions<T>) {
    this.#options = options;
  }

  /** Values that wait to be taken. */
  get size(): number {
    return this.#values.length;
  }

  push(value: T): void {
    if (this.#left) return;
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#values.push(value);
    else this.#hand(value, waiting);
  }

  /** Forgets what waits to be taken. */
  clear(): void {
    this.#values.length = 0;
  }

  /** No more values; those made already are still handed out. */
  end(): void {
    this.#finish({});
  }

  /** Like `end`, and then the consumer gets this error, once. */
  fail(error: unknown): void {
    this.#finish({ error });
  }

  #finish(end: { readonly error?: unknown }): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    const [first, ...others] = this.#waiting.splice(0);
    if (first !== undefined) this.#settle(first);
    for (const waiting of others) waiting.resolve({ done: true, value: undefined });
  }

  #hand(value: T, { resolve }: Waiting<T>): void {
    resolve({ done: false, value });
    this.#options.onTake(value);
  }

  #settle(waiting: Waiting<T>): void {
    const end = this.#end;
    this.#end = {};
    if (end !== undefined && "error" in end) waiting.reject(end.error);
    else waiting.resolve({ done: true, value: undefined });
  }

  next(): Promise<IteratorResult<T>> {
    return new Promise((resolve, reject) => {
      if (this.#values.length > 0) {
        this.#hand(this.#values.shift() as T, { resolve, reject });
      } else if (this.#end !== undefined) {
        this.#settle({ resolve, reject });
      } else {
        this.#waiting.push({ resolve, reject });
      }
    });
  }

  async return(): Promise<IteratorResult<T>> {
    this.#left = true;
    this.clear();
    this.end();
    await this.#options.onLeave();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
