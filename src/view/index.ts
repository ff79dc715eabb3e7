export type { Loaded } from "./loaded.js";
export { openView, type View, type ViewOptions } from "./server.js";
export type { Described } from "./video-source.js";
