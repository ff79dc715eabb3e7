/** MOT17: the sequences of MOT16 with better truth; the rules are the same. */
import type { Benchmark } from "../sequence.js";
import { challenge, distractor, personOnVehicle, reflection, staticPerson } from "./_challenge.js";

/** The rules of MOT17. */
export const mot17: Benchmark = challenge("mot17", [personOnVehicle, staticPerson, distractor, reflection]);
