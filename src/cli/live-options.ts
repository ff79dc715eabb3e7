/**
 * Options of live runs only. Their settings stand apart: every command has the options loaded, and what checks the
 * settings takes longer to load than all of the command line.
 */
import { Option } from "commander";

/** @param toNumber a number where the text is one, else the text, for the check to refuse */
export function liveOptions(toNumber: (value: string) => number | string): Option[] {
  return [
    new Option(
      "--timeout <seconds>",
      "without a picture after which a camera is connected to anew (10)",
    ).argParser(toNumber),
    new Option("--give-up <seconds>", "without a picture after which the run ends (never)").argParser(
      toNumber,
    ),
    new Option(
      "--rotate <when>",
      "begin a new file every 30m, 1h, 1d, or from 100MB on; the time in its name",
    ),
    new Option("--events <file>", 'what happens, a JSON line each; "-" is the standard output, a file grows'),
    new Option("--webhook <address>", "POST every event there; what is not taken waits on the disk"),
    new Option("--webhook-queue <folder>", "where events wait (beside the tracks)"),
    new Option("--metrics-port <port>", "serve /metrics (Prometheus) and /healthz").argParser(toNumber),
    new Option("--metrics-host <address>", "where from they may be asked for (127.0.0.1: this machine)"),
  ];
}
