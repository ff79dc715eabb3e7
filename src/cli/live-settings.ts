/**
 * Settings of live runs only.
 */
import { z } from "zod";

const expected = (error: string) => ({ error: `expected ${error}` });
const text = z.string(expected("a text")).min(1, expected("a text that is not empty"));
const ROTATE = "a time such as 30m, 1h or 1d, or a size such as 100MB";
const PORT = "a port from 0 to 65535 (0: any that is free)";

const UNITS: Readonly<Record<string, { seconds: number } | { bytes: number }>> = {
  s: { seconds: 1 },
  m: { seconds: 60 },
  h: { seconds: 3600 },
  d: { seconds: 86_400 },
  kb: { bytes: 1e3 },
  mb: { bytes: 1e6 },
  gb: { bytes: 1e9 },
};

/** "1h" as seconds, "100MB" as bytes; undefined where it is neither. */
export function parseRotation(value: string): { seconds: number } | { bytes: number } | undefined {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/i.exec(value.trim()) ?? [];
  const one = Object.hasOwn(UNITS, unit.toLowerCase()) ? UNITS[unit.toLowerCase()] : undefined;
  const count = Number(number);
  if (!one || !(count > 0)) return undefined;
  return "seconds" in one ? { seconds: count * one.seconds } : { bytes: count * one.bytes };
}

/** Settings of live runs, by name; none of them has a default. */
export const liveShape = {
  timeout: z.number(expected("seconds above 0")).positive(expected("seconds above 0")).optional(),
  giveUp: z.number(expected("seconds from 0")).nonnegative(expected("seconds from 0")).optional(),
  rotate: z
    .string(expected(ROTATE))
    .transform((input, context) => {
      const rotation = parseRotation(input);
      if (rotation) return rotation;
      context.addIssue({ code: "custom", message: `expected ${ROTATE}`, input });
      return z.NEVER;
    })
    .optional(),
  events: text.optional(),
  webhook: z
    .string(expected("an address that starts with http:// or https://"))
    .refine((input) => /^https?:\/\//i.test(input) && URL.canParse(input), {
      error: "expected an address that starts with http:// or https://",
    })
    .optional(),
  webhookQueue: text.optional(),
  metricsPort: z.int(expected(PORT)).min(0, expected(PORT)).max(65_535, expected(PORT)).optional(),
  metricsHost: text.optional(),
};

/** Names of settings that mean nothing for a file. */
export const liveNames = Object.keys(liveShape) as readonly (keyof typeof liveShape)[];
