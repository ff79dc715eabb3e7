/** MOT20: Dendorfer et al., "MOT20", 2020, section 4: vehicles without a motor distract too. */
import type { Benchmark } from "../sequence.js";
import * as c from "./_challenge.js";

/** The rules of MOT20. */
export const mot20: Benchmark = c.challenge("mot20", [
  c.personOnVehicle,
  c.nonMotorVehicle,
  c.staticPerson,
  c.distractor,
  c.reflection,
]);
