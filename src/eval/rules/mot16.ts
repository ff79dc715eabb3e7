/** MOT16: Milan et al., "MOT16: A Benchmark for Multi-Object Tracking", 2016, section 4.1. */
import type { Benchmark } from "../sequence.js";
import { challenge, distractor, personOnVehicle, reflection, staticPerson } from "./_challenge.js";

/** The rules of MOT16. */
export const mot16: Benchmark = challenge("mot16", [personOnVehicle, staticPerson, distractor, reflection]);
