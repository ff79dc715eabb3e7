interface Waiting<T> {
  resolve(result: IteratorResult<T>): void;
  reject(error: unknown): void;
}

/** What happens around the value. */
export interface NewestOptions<T> {
  /** A newer value came before this one was taken. */
  readonly onReplaced: (old: T, by: T) => void;
  /** The consumer has left its loop. */
  readonly onLeave: () => Promise<void>;
}

/** One place between a producer that never waits and a consumer that takes the newest value there is. */
export class Newest<T> implements AsyncIterableIterator<T> {
  readonly #options: NewestOptions<T>;
  #value: { readonly value: T } | undefined;
  #waiting: Waiting<T>[] = [];
  #end: { error?: unknown } | undefined;

  constructor(options: NewestOptions<T>) {
    this.#options = options;
  }

  put(value: T): void {
    const waiting = this.#waiting.shift();
    if (waiting) {
      waiting.resolve({ done: false, value });
      return;
    }
    const old = this.#value;
    this.#value = { value };
    if (old) this.#options.onReplaced(old.value, value);
  }

  /** No more values; one that waits is still handed out. */
  end(): void {
    this.#finish({});
  }

  /** Like `end`, and then the consumer gets this error, once. What waits is forgotten. */
  fail(error: unknown): void {
    this.#value = undefined;
    this.#finish({ error });
  }

  #finish(end: { error?: unknown }): void {
    if (this.#end) return;
    this.#end = end;
    for (const waiting of this.#waiting.splice(0)) this.#settle(waiting);
  }

  #settle({ resolve, reject }: Waiting<T>): void {
    const end = this.#end!;
    this.#end = {};
    if ("error" in end) reject(end.error);
    else resolve({ done: true, value: undefined });
  }

  next(): Promise<IteratorResult<T>> {
    return new Promise((resolve, reject) => {
      const now = this.#value;
      this.#value = undefined;
      if (now) resolve({ done: false, value: now.value });
      else if (this.#end) this.#settle({ resolve, reject });
      else this.#waiting.push({ resolve, reject });
    });
  }

  async return(): Promise<IteratorResult<T>> {
    this.#value = undefined;
    this.end();
    await this.#options.onLeave();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
