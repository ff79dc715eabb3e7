import type { Reader } from "../_reader.js";
import { texts } from "./texts.js";

/** Everything that reads what others wrote. */
export const readers: readonly Reader[] = [...texts];
