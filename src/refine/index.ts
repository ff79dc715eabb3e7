/** Tracks put right after the last frame: what this folder offers. */
export { type Fragment, Fragments, type Line } from "./fragments.js";
export { type JoinOptions, join, joinDefaults } from "./join.js";
export { type RefineOptions, refine } from "./refine.js";
export { type SmoothOptions, smooth, smoothDefaults } from "./smooth.js";
