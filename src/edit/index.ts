/** Corrections of identities, as a log that is replayed. */
export { correctedFrames, correctedRun } from "./apply.js";
export { Correctable, type Corrected } from "./correct.js";
export { type History, historyOf } from "./history.js";
export {
  type Edit,
  type EditLog,
  type Entry,
  editLogSchema,
  editsOf,
  emptyLog,
  formatLog,
  parseEntry,
  parseLog,
  type TracksIdentity,
} from "./log.js";
