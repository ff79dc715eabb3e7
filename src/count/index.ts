export { type Counted, Counter } from "./counter.js";
export { type Layout, layOutZones, type Picture, parseZones, type Zones, zonesSchema } from "./zones.js";
