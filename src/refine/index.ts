/** Tracks put right after the last frame: what this folder offers. */
export { type Fragment, Fragments } from "./fragments.js";
export { type JoinOptions, join } from "./join.js";
export { type RefineOptions, refine, refineDefaults } from "./refine.js";
export { type SmoothOptions, smooth } from "./smooth.js";
