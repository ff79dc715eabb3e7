/** What is known about the tracks, one panel each: a new one is one file and one line here. */
import type { ComponentType } from "preact";
import { report } from "../state.js";
import { About } from "./about.js";
import { Activity } from "./activity.js";
import { CountsPanel } from "./counts.js";
import { Details } from "./details.js";
import { HealthPanel } from "./health.js";
import { Identities } from "./identities.js";
import { MapPanel } from "./map.js";
import { ScoresPanel } from "./scores.js";
import { ZonesPanel } from "./zones.js";

export interface Panel {
  readonly name: string;
  readonly Content: ComponentType;
  /** Whether there is something to show. @default always */
  readonly isThere?: () => boolean;
}

export const panels: readonly Panel[] = [
  { name: "Identities", Content: Identities },
  { name: "Details", Content: Details },
  { name: "Zones", Content: ZonesPanel },
  { name: "Counts", Content: CountsPanel },
  { name: "Map", Content: MapPanel },
  { name: "Activity", Content: Activity },
  { name: "Health", Content: HealthPanel },
  { name: "Scores", Content: ScoresPanel, isThere: () => report.value.scores !== undefined },
  { name: "About", Content: About },
];
