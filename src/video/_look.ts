/** What ffmpeg says about an input before it decodes any of it, as far as a copy must be like it. */

/** The looks of a video and the sound that goes with it. */
export interface Looks {
  /** Codecs of the sound tracks, such as "aac". */
  readonly sound: readonly string[];
  /** How its colours are coded, by ffmpeg's names; "unknown" where it does not say. */
  readonly matrix: string;
  readonly primaries: string;
  readonly transfer: string;
  /** False where it is RGB or grey. */
  readonly isYuv: boolean;
  /** Width and height of a pixel as a ratio; before rotation. */
  readonly pixel: readonly [width: number, height: number];
  /** Before rotation. */
  readonly width: number;
}

/** Listens to the lines of one run of ffmpeg. */
export class LooksListener {
  readonly #sound: string[] = [];
  #video: string | undefined;
  #isAboutInput = true;

  line(line: string): void {
    if (!this.#isAboutInput) return;
    if (/\] (?:Stream mapping:|Output #)/.test(line)) this.#isAboutInput = false;
    const heard = /Stream #0:\d+\S*: Audio: (\w+)/.exec(line);
    if (heard) this.#sound.push(heard[1]!);
    if (!/\(attached pic\)/.test(line)) this.#video ??= /Stream #0:\d+\S*: Video: (.*)$/.exec(line)?.[1];
  }

  /** Undefined where no ffmpeg has said anything: pictures are read without. */
  get looks(): Looks | undefined {
    const video = this.#video;
    if (video === undefined) return undefined;
    const [, format = "", inner = ""] = /, (\w+)\(([^)]*)\),/.exec(video) ?? [];
    const plain = /, (yuv\w+|nv12|p010\w*)[,(]/.exec(video);
    const known = /^(?:bt\w+|smpte\w+|fcc|gbr|unknown|reserved)(?:\/|$)/;
    const coded = inner.split(", ").find((part) => known.test(part)) ?? "unknown";
    const [matrix = "unknown", primaries = matrix, transfer = matrix] = coded.split("/");
    const [, pw = "1", ph = "1"] = /\[SAR (\d+):(\d+) /.exec(video) ?? [];
    return {
      ...{ sound: this.#sound, matrix, primaries, transfer },
      isYuv: /^(?:yuv|nv|p0)/.test(format) || plain !== null,
      pixel: Number(pw) > 0 && Number(ph) > 0 ? [Number(pw), Number(ph)] : [1, 1],
      width: Number(/, (\d+)x\d+[ ,]/.exec(video)?.[1] ?? 0),
    };
  }
}
