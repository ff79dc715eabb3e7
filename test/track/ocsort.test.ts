import { OcSort } from "../../src/track/ocsort.js";
import { trackerContract } from "../contract/tracker.js";

trackerContract("OcSort", (options) => new OcSort({ minScore: 0.3, ...options }));
