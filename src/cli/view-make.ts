/** How `track view` makes film strips and copies of videos, and where it keeps them. */
import { dirname, join } from "node:path";
import { defaultCacheDir } from "../models/store.js";
import type { StripPlan } from "../render/strip-plan.js";
import { Strips } from "../render/strips.js";
import type { Run } from "../report/run.js";
import type { Ffmpeg } from "../video/find.js";
import { openInput } from "../video/input.js";
import { previewDefaults, writePreview } from "../video/preview.js";
import type { Makers } from "../view/index.js";

/** Decoding threads: whoever looks at the page meanwhile needs some of the machine too. */
const THREADS = 2;
/** Bytes that a copy may have. */
const MOST = 1e9;

/** Beside the models that were pulled: in the system's folder for such things, or where the user said. */
export function makingsDir(env: NodeJS.ProcessEnv): string {
  const models = defaultCacheDir(env);
  return join(env.THROUGHLINE_CACHE ? models : dirname(models), "view");
}

export function makersOf({
  ffmpeg,
  env,
  plan,
}: {
  readonly ffmpeg: Ffmpeg;
  readonly env: NodeJS.ProcessEnv;
  readonly plan: (run: Run) => Promise<StripPlan>;
}): Makers {
  return {
    async strips({ video, run, made }, { signal, onSize, onStrip, onProgress }) {
      const planned = await plan(run);
      signal.throwIfAborted();
      const size = run.width > 0 && run.height > 0 ? run : undefined;
      const strips = new Strips(planned, { size, made, onStrip });
      onSize(strips);
      const only = strips.frames;
      if (only.length === 0) return;
      const source = await openInput(video, { only, ffmpeg, env, signal, threads: THREADS });
      try {
        let done = 0;
        for await (const frame of source) {
          await strips.add(frame);
          frame.release?.();
          onProgress(++done, only.length);
        }
        await strips.finish();
      } finally {
        await source.close();
      }
    },

    async copy({ video, to, seconds }, { signal, onProgress }) {
      const source = await openInput(video, { pictures: false, ffmpeg, env, signal });
      const next = await source[Symbol.asyncIterator]().next();
      await source.close();
      let done = 0;
      await writePreview(video, to, next.done ? 0 : next.value.time, {
        ...{ ffmpeg, signal, rate: Math.min(previewDefaults.rate, (MOST * 8) / Math.max(seconds, 1)) },
        onFrame: () => onProgress(++done, source.frames ?? done),
      });
    },
  };
}
