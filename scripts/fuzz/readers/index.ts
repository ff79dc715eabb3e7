import type { Reader } from "../_reader.js";
import { documents } from "./documents.js";
import { lines } from "./lines.js";
import { models } from "./models.js";
import { network } from "./network.js";
import { pictures } from "./pictures.js";
import { texts } from "./texts.js";
import { videos } from "./videos.js";

/** Everything that reads what others wrote. */
export const readers: readonly Reader[] = [
  ...texts,
  ...documents,
  ...models,
  ...network,
  ...lines,
  ...pictures,
  ...videos,
];
