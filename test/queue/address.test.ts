import { describe, expect, it } from "vitest";
import { parseAddress } from "../../src/queue/address.js";

describe("the address of a queue", () => {
  it("is read in full, and shown without user and password", () => {
    expect(parseAddress("rediss://ann:p%40ss:%@[::1]:7000/4")).toEqual({
      host: "::1",
      port: 7000,
      db: 4,
      username: "ann",
      password: "p@ss:%",
      tls: true,
      shown: "rediss://[::1]:7000/4",
    });
    expect(parseAddress("redis://:p%40ss@example.org")).toMatchObject({
      password: "p@ss",
      port: 6379,
      db: 0,
      shown: "redis://example.org:6379/0",
    });
  });

  it.each([
    "localhost",
    "redis:",
    "redis://",
    "http://:secret@host",
    "redis://:secret@host:port",
    "redis://:secret@host/x",
    "redis://host?password=secret",
    "redis://host#secret",
    ":secret@host",
    "redis:secret@host:1:2",
    "redis://us@er:secret@host:99999",
  ])("is refused without its password where it is %j", (text) => {
    expect(() => parseAddress(text)).toThrow(/^expected redis:\/\/\[user:password@\]host\[:port\]\[\/db\]/);
    try {
      parseAddress(text);
    } catch (error) {
      expect(`${(error as Error).message} ${(error as Error).cause}`).not.toContain("secret");
    }
  });
});
