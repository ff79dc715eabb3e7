import { expect, test } from "vitest";
import { Queue } from "../../src/video/_queue.js";

function queue(): { queue: Queue<number>; taken: number[]; left: () => number } {
  const taken: number[] = [];
  let left = 0;
  return {
    queue: new Queue<number>({
      onTake: (value) => taken.push(value),
      onLeave: async () => {
        left++;
      },
    }),
    taken,
    left: () => left,
  };
}

test("values come in order, whether made or asked for first, and the producer is told", async () => {
  const { queue: q, taken } = queue();
  const early = q.next();
  q.push(1);
  q.push(2);
  expect(q.size).toBe(1);
  q.push(3);
  expect(q.size).toBe(2);
  expect(taken).toEqual([1]);
  expect(await early).toEqual({ done: false, value: 1 });
  expect((await q.next()).value).toBe(2);
  expect(q.size).toBe(1);
  q.end();
  expect((await q.next()).value).toBe(3);
  expect(await q.next()).toEqual({ done: true, value: undefined });
  expect(await q.next()).toEqual({ done: true, value: undefined });
  expect(taken).toEqual([1, 2, 3]);
});

test("an error comes once, after the values made before it", async () => {
  const { queue: q } = queue();
  q.push(1);
  q.fail(new Error("broken"));
  expect((await q.next()).value).toBe(1);
  await expect(q.next()).rejects.toThrow("broken");
  expect((await q.next()).done).toBe(true);
});

test("of several that wait, the first gets the error and the others the end", async () => {
  const { queue: q } = queue();
  const waiting = [q.next(), q.next(), q.next()];
  q.fail(new Error("broken"));
  await expect(waiting[0]).rejects.toThrow("broken");
  expect((await waiting[1]).done).toBe(true);
  expect((await waiting[2]).done).toBe(true);
});

test("leaving ends a wait, forgets what was made, and takes nothing more", async () => {
  const { queue: q, left } = queue();
  const waiting = q.next();
  await q.return();
  expect((await waiting).done).toBe(true);
  q.push(1);
  expect((await q.next()).done).toBe(true);
  expect(left()).toBe(1);
});
