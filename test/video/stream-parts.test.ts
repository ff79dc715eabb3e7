import { describe, expect, test } from "vitest";
import { Authorization } from "../../src/video/_live-auth.js";
import { StreamClock } from "../../src/video/_live-clock.js";
import { RtspMessages } from "../../src/video/_live-rtsp-messages.js";
import { nameOfAddress, parseAddress } from "../../src/video/stream-address.js";

describe("the name of an address", () => {
  test.each([
    ["rtsp://me:hidden@camera.local:8554/a/b", "rtsp://camera.local:8554/a/b"],
    ["rtsp://me:hid@den@camera/a", "rtsp://camera/a"],
    ["rtsp://me:hid/den@camera/a", "rtsp://...@camera/a"],
    ["rtsp://hidden@camera/a", "rtsp://camera/a"],
    ["http://camera/video?user=me&pwd=hidden", "http://camera/video?..."],
    ["http://camera/video#hidden", "http://camera/video#..."],
    ["rtsp://camera/user=me_password=hidden_channel=1.sdp", "rtsp://camera/user=me_password=..."],
    ["rtsp://camera/a?x@y", "rtsp://camera/a?..."],
    ["plain name.mp4", "plain name.mp4"],
  ])("of %s is %s", (address, name) => expect(nameOfAddress(address)).toBe(name));

  test("user and password are taken out of the address, and read as they were meant", () => {
    const address = parseAddress("rtsp://m%40e:p%3Ass@camera/a?b=1");
    expect(address).toMatchObject({ kind: "rtsp", credentials: { name: "m@e", password: "p:ss" } });
    expect(address.kind === "rtsp" && address.url.href).toBe("rtsp://camera/a?b=1");
  });
});

describe("the clock of a stream", () => {
  const seconds = (value: number) => value * 1e6;

  test("is the stream's own, from zero, and never goes back", () => {
    const clock = new StreamClock();
    expect(clock.at(seconds(100), 7).time).toBe(0);
    expect(clock.at(seconds(100.04), 7.5).time).toBeCloseTo(0.04);
    expect(clock.at(seconds(100.02), 7.6).time).toBeCloseTo(0.04);
    expect(clock.at(seconds(100.08), 7.6).time).toBeCloseTo(0.08);
  });

  test("goes on from one connection to the next as the machine's did", () => {
    const clock = new StreamClock();
    clock.at(0, 10);
    clock.at(seconds(1), 11);
    clock.reconnect();
    expect(clock.at(seconds(500), 20).time).toBeCloseTo(10);
    expect(clock.at(seconds(501), 21).time).toBeCloseTo(11);
  });

  test("is the machine's where the stream has none, or one that jumps", () => {
    const none = new StreamClock();
    none.at(undefined, 3);
    expect(none.at(undefined, 3.5).time).toBeCloseTo(0.5);
    const jumps = new StreamClock();
    jumps.at(0, 0);
    jumps.at(seconds(1), 1);
    expect(jumps.at(seconds(9000), 1.1).time).toBeCloseTo(1.1);
    expect(jumps.at(seconds(9001), 2.1).time).toBeCloseTo(2.1);
    expect(jumps.at(seconds(5), 2.2).time).toBeCloseTo(2.2);
  });

  test("says how late a frame is against the most punctual ones, and forgets them when clocks drift apart", () => {
    const clock = new StreamClock();
    clock.at(0, 0);
    expect(clock.at(seconds(1), 1.3).behind).toBeCloseTo(0.3);
    expect(clock.at(seconds(2), 2).behind).toBeCloseTo(0);
    // A thousandth slower than the machine's: a second in sixteen minutes.
    let behind = 0;
    for (let t = 3; t < 4000; t++) ({ behind } = clock.at(seconds(t), t * 1.001));
    expect(behind).toBeLessThan(0.7);
  });
});

describe("RTSP messages", () => {
  const text = "RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 4\r\n\r\nabcd";
  const data = Buffer.from([0x24, 0, 0, 3, 1, 2, 3]);
  const stream = Buffer.concat([data, data, Buffer.from(text), data, Buffer.from(text), data]);

  test.each([1, 2, 3, 7, 1000])("are cut out of pieces of %d bytes", (size) => {
    const texts: string[] = [];
    const packets: Buffer[] = [];
    const messages = new RtspMessages({
      onText: (got) => texts.push(got),
      onData: (got) => packets.push(Buffer.from(got)),
      onFault: () => expect.unreachable(),
    });
    for (let at = 0; at < stream.length; at += size) messages.push(stream.subarray(at, at + size));
    expect(texts).toEqual([text, text]);
    expect(Buffer.concat(packets)).toEqual(Buffer.concat([data, data, data, data]));
  });

  test("without an end are no RTSP, and take no memory", () => {
    let faults = 0;
    const messages = new RtspMessages({ onText() {}, onData() {}, onFault: () => faults++ });
    for (let i = 0; i < 100; i++) messages.push(Buffer.alloc(10_000, "x"));
    expect(faults).toBe(1);
  });
});

describe("who asks", () => {
  const credentials = { name: "Mufasa", password: "Circle Of Life" };

  test("is proved as RFC 2617 says where the server knows no qop", () => {
    // Section 3.5 with the fields of its example; the proof without qop is MD5(HA1:nonce:HA2), HA1 and HA2 from there.
    const header = Authorization.answer(
      'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc"',
      credentials,
    )!.header("GET", "/dir/index.html");
    expect(header).toContain('response="670fd8c2df070c60b045671b8b24ff02"');
    expect(header).toContain('opaque="5ccc"');
  });

  test("is said in the strongest way that is offered and known", () => {
    const offers = 'Basic realm="a", Digest realm="b", nonce="c", algorithm=SHA-256, qop="auth,auth-int"';
    const authorization = Authorization.answer(offers, credentials)!;
    expect(authorization.header("GET", "/")).toMatch(/^Digest .*nc=00000001.*algorithm=SHA-256/);
    expect(authorization.header("GET", "/")).toMatch(/nc=00000002/);
    expect(
      Authorization.answer(
        'Digest realm="b", nonce="c", algorithm=NEW, Basic realm="a"',
        credentials,
      )!.header("GET", "/"),
    ).toMatch(/^Basic /);
    expect(Authorization.answer("Negotiate", credentials)).toBeUndefined();
  });
});
