/** Looks for what is doubtful in a thread of its own, since it takes about a second for an hour of video. */
import { healthOf } from "../../report/health.js";
import type { Run } from "../../report/run.js";

addEventListener("message", ({ data }: MessageEvent<Run>) => postMessage(healthOf(data)));
