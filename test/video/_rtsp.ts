/**
 * A real RTSP server on loopback: GStreamer's, from Debian (`gir1.2-gst-rtsp-server-1.0 python3-gi`). Tests skip where
 * it is absent.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";

const PYTHON = "/usr/bin/python3";

const SCRIPT = `
import os, sys, threading, gi
gi.require_version("Gst", "1.0"); gi.require_version("GstRtsp", "1.0"); gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gst, GstRtsp, GstRtspServer, GLib
Gst.init(None)
port, path, user, way = sys.argv[1:5]
# Whoever started it holds its standard input open: it ends with them.
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
server = GstRtspServer.RTSPServer.new()
server.set_address("127.0.0.1"); server.set_service(port)
factory = GstRtspServer.RTSPMediaFactory.new()
factory.set_shared(True)
factory.set_launch('( filesrc location="%s" ! tsdemux ! h264parse ! rtph264pay name=pay0 pt=96 config-interval=-1 )' % path)
if user:
    auth = GstRtspServer.RTSPAuth.new()
    token = GstRtspServer.RTSPToken.new()
    token.set_string("media.factory.role", "user")
    name, password = user.split(":")
    if way == "digest":
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(name, password, token)
    else: auth.add_basic(GstRtspServer.RTSPAuth.make_basic(name, password), token)
    server.set_auth(auth)
    factory.add_role_from_structure(Gst.Structure.from_string("user, media.factory.access=(boolean)true, media.factory.construct=(boolean)true")[0])
server.get_mount_points().add_factory("/cam", factory)
if not server.attach(None): sys.exit("cannot listen")
print(server.get_bound_port(), flush=True)
GLib.MainLoop().run()
`;

/** Why RTSP cannot be tested here, where it cannot. */
export const noRtsp: string | undefined = (() => {
  try {
    const imports = SCRIPT.split("\n").slice(1, 4).join("\n");
    execFileSync(PYTHON, ["-c", imports], { stdio: "ignore" });
    return undefined;
  } catch {
    return "no GStreamer RTSP server here: apt-get install gir1.2-gst-rtsp-server-1.0 python3-gi";
  }
})();

export interface RtspServer {
  readonly port: number;
  readonly url: string;
  signal(name: NodeJS.Signals): void;
  /** Kills it; harmless when called twice. */
  stop(): Promise<void>;
}

/** Serves a transport stream in H.264 as it would be filmed, from its beginning for the first who comes. */
export async function serveRtsp(
  file: string,
  { port = 0, user = "", way = "basic" as "basic" | "digest" } = {},
): Promise<RtspServer> {
  const child: ChildProcess = spawn(PYTHON, ["-c", SCRIPT, String(port), file, user, way], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const [said] = (await Promise.race([once(child.stdout!, "data"), ended.then(() => [""])])) as [Buffer];
  const taken = Number(said);
  if (!(taken > 0)) throw new Error("the RTSP server did not start");
  return {
    port: taken,
    url: `rtsp://127.0.0.1:${taken}/cam`,
    signal: (name) => void child.kill(name),
    async stop() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
