import { ByteTrack } from "../../src/track/bytetrack.js";
import { trackerContract } from "../contract/tracker.js";

trackerContract("ByteTrack", (options) => new ByteTrack(options));
