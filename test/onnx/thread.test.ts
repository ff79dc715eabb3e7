import { describe, expect, it } from "vitest";
import { EnvironmentError } from "../../src/errors.js";
import { Thread } from "../../src/onnx/_thread.js";

/** A worker that says it is ready and then does as the script says. */
const worker = (script: string): URL =>
  new URL(
    `data:text/javascript,${encodeURIComponent(`
      import { parentPort as port } from "node:worker_threads";
      ${script}`)}`,
  );
const settings = { provider: "cpu", threads: 1 };
const ready = "port.postMessage({ id: 0, ok: true, value: undefined });";

describe("a worker that dies", () => {
  it.each([
    [
      "throws",
      `${ready} port.on("message", () => { throw new Error("out of luck"); });`,
      "failed: out of luck",
    ],
    ["ends", `${ready} port.on("message", () => process.exit(3));`, "ended by itself"],
  ])("fails everything that waits for it, and everything after: it %s", async (_, script, why) => {
    const thread = new Thread(worker(script), settings);
    await thread.ready;
    let back: ArrayBuffer | undefined | "not called" = "not called";
    const asked = [
      thread.ask({ kind: "release", handle: 1 }, new ArrayBuffer(8), (buffer) => {
        back = buffer;
      }),
      thread.ask({ kind: "release", handle: 2 }),
    ];
    for (const promise of asked) {
      await expect(promise).rejects.toThrow(EnvironmentError);
      await expect(promise).rejects.toThrow(why);
    }
    expect(back).toBeUndefined();
    await expect(thread.ask({ kind: "release", handle: 3 })).rejects.toThrow(why);
    await thread.close();
  });

  it("fails the start when it dies before it is ready", async () => {
    const thread = new Thread(worker('throw new Error("no binding");'), settings);
    await expect(thread.ready).rejects.toThrow("no binding");
    await thread.close();
  });
});

describe("a worker that lives", () => {
  it("gets lent memory and sends it home", async () => {
    const echo = `${ready} port.on("message", (m) => {
      port.postMessage({ id: m.id, ok: true, value: undefined, loan: m.feeds?.frame.data.buffer }, m.feeds ? [m.feeds.frame.data.buffer] : []);
      if (m.kind === "close") port.close();
    });`;
    const thread = new Thread(worker(echo), settings);
    await thread.ready;
    const data = Uint8Array.of(1, 2, 3);
    let back: ArrayBuffer | undefined;
    const feeds = { frame: { type: "uint8", dims: [3], data } } as const;
    const asked = thread.ask(
      { kind: "run", chain: [], feeds, fetch: [], loan: "frame" },
      data.buffer,
      (b) => {
        back = b;
      },
    );
    expect(data.length).toBe(0);
    await asked;
    expect([...new Uint8Array(back!)]).toEqual([1, 2, 3]);
    await thread.close();
  });

  it("keeps the memory where the request cannot be sent", async () => {
    const thread = new Thread(worker(`${ready} port.on("message", () => port.close());`), settings);
    await thread.ready;
    const data = new ArrayBuffer(4);
    let back: ArrayBuffer | undefined;
    const asked = thread.ask(
      { kind: "load", model: (() => {}) as unknown as string, name: "f" },
      data,
      (b) => {
        back = b;
      },
    );
    await expect(asked).rejects.toThrow("could not be cloned");
    expect(back).toBe(data);
    await thread.close();
  });
});
