/** What is known about the tracks, one panel each: a new one is one file and one line here. */
import type { ComponentType } from "preact";
import { Identities } from "./identities.js";

export interface Panel {
  readonly name: string;
  readonly Content: ComponentType;
  /** Whether there is something to show. @default always */
  readonly isThere?: () => boolean;
}

export const panels: readonly Panel[] = [{ name: "Identities", Content: Identities }];
