export { type Compared, compareRuns } from "./compare.js";
export type { Loaded } from "./loaded.js";
export type { Makers } from "./makings.js";
export { openView, type View, type ViewOptions } from "./server.js";
export type { Described } from "./video-source.js";
