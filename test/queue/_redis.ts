/** A real Redis for tests: a process of its own on a free port, its data in a folder of its own. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

/** Why tests that need Redis are skipped; undefined where it is installed. */
export const noRedis: string | undefined =
  spawnSync("redis-server", ["--version"]).status === 0
    ? undefined
    : "redis-server is not installed (apt-get install redis-server)";

/** Why it cannot be asked over TLS; undefined where it can. */
export const noRedisTls: string | undefined =
  noRedis ??
  (/FATAL CONFIG/.test(
    spawnSync("redis-server", ["--port", "0", "--tls-port", "0"], { encoding: "utf8" }).stderr,
  )
    ? "this redis-server was built without TLS"
    : undefined);

/** Files of a server's certificate. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

const PASSWORD = "s3cret:word";

export class TestRedis {
  readonly #folder = mkdtempSync(join(tmpdir(), "throughline-redis-"));
  readonly #certificate: Certificate | undefined;
  #port = 0;
  #server: ChildProcess | undefined;

  /** @param certificate where it speaks TLS only */
  constructor(certificate?: Certificate) {
    this.#certificate = certificate;
  }

  get address(): string {
    return `${this.#scheme}://:${encodeURIComponent(PASSWORD)}@127.0.0.1:${this.#port}/3`;
  }

  /** As it is shown to people. */
  get shown(): string {
    return `${this.#scheme}://127.0.0.1:${this.#port}/3`;
  }

  get #scheme(): string {
    return this.#certificate ? "rediss" : "redis";
  }

  /** Starts it, on the same port and with what it had on disk where it was killed. */
  async start(): Promise<void> {
    if (this.#port === 0) this.#port = await freePort();
    const tls = this.#certificate && [
      ...["--port", 0, "--tls-port", this.#port, "--tls-auth-clients", "no"],
      ...["--tls-cert-file", this.#certificate.cert, "--tls-key-file", this.#certificate.key],
      ...["--tls-ca-cert-file", this.#certificate.cert],
    ];
    const options = [
      ...(tls ?? ["--port", this.#port]),
      "--bind",
      "127.0.0.1",
      "--dir",
      this.#folder,
      "--save",
      "",
    ];
    const more = ["--appendonly", "yes", "--requirepass", PASSWORD];
    this.#server = spawn("redis-server", [...options, ...more].map(String), { stdio: "ignore" });
    for (let tries = 0; tries < 200 && !(await this.#answers()); tries++) await wait(25);
  }

  /** Ends it as a power cut would. */
  async kill(): Promise<void> {
    const server = this.#server;
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const gone = new Promise((resolve) => server.once("exit", resolve));
    server.kill("SIGKILL");
    await gone;
  }

  async end(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #answers(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect(this.#port, "127.0.0.1", () => {
        socket.destroy();
        resolve(true);
      });
      socket.on("error", () => resolve(false));
    });
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
