/** The log of corrections behind `track view`. */
import type { Entry } from "../../edit/index.js";
import type { Editing } from "../../report/boot.js";

export class RemoteLog {
  readonly #url: string;
  readonly #token: string;

  constructor({ url, token }: NonNullable<Editing["server"]>) {
    this.#url = url;
    this.#token = token;
  }

  /** @throws {Error} a line that says why it cannot be read */
  async read(): Promise<{ readonly entries: readonly Entry[] }> {
    return (await this.#ask()) as { readonly entries: readonly Entry[] };
  }

  /** @param after how many there are before it, as far as the page knows. @throws {Error} as `read` */
  async append(entry: Entry, after: number): Promise<void> {
    await this.#ask({
      method: "POST",
      headers: { "content-type": "application/json", "x-throughline-token": this.#token },
      body: JSON.stringify({ after, entry }),
    });
  }

  async #ask(init: RequestInit = {}): Promise<unknown> {
    const headers = { accept: "application/json", ...(init.headers as Record<string, string>) };
    let answer: Response;
    try {
      answer = await fetch(this.#url, { ...init, headers });
    } catch (cause) {
      throw new Error("track view does not answer; is it still running?", { cause });
    }
    const value = (await answer.json().catch(() => ({}))) as { readonly message?: string };
    if (answer.ok) return value;
    throw new Error(value.message ?? `track view answered ${answer.status}`);
  }
}
