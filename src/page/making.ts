/** Has something made by `track view`, and is told of it. */
import type { Making } from "../report/making.js";

/** Milliseconds until something that has to wait its turn is asked for again. */
const AGAIN = 2000;

/**
 * @param onLines told of what came together
 * @param signal ends the asking, and with it the making
 * @throws {Error} what went wrong, in words
 */
export async function follow(
  url: string,
  token: string,
  onLines: (lines: readonly Making[]) => void,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const answer = await fetch(url, {
      ...{ method: "POST", signal },
      headers: { "x-throughline-token": token },
    }).catch((cause: unknown) => {
      throw signal.aborted ? cause : new Error("track view has ended", { cause });
    });
    if (!answer.ok || !answer.body) throw new Error(await answer.text());
    let last: Making | undefined;
    for await (const lines of linesOf(answer.body)) {
      onLines(lines);
      last = lines.at(-1);
    }
    if (last?.type === "failed") throw new Error(last.message);
    if (last?.type === "done") return;
    if (last?.type !== "busy") throw new Error("track view has ended");
    await new Promise((resolve) => setTimeout(resolve, AGAIN));
    signal.throwIfAborted();
  }
}

async function* linesOf(body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<Making[]> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read().catch((cause: unknown) => {
      throw cause instanceof DOMException ? cause : new Error("track view has ended", { cause });
    });
    if (done) return;
    const whole = (rest + value).split("\n");
    rest = whole.pop()!;
    if (whole.length > 0) yield whole.map((line) => JSON.parse(line) as Making);
  }
}
