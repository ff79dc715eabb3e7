import { BotSort } from "../../src/track/botsort.js";
import { trackerContract } from "../contract/tracker.js";

trackerContract("BotSort", (options) => new BotSort(options));
