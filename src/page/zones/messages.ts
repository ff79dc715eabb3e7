/** What is said between the page and the thread that counts. */
import type { Layout } from "../../count/zones.js";
import type { CountsHeader } from "../../format/counts-text.js";
import type { Columns, Recount } from "./recount.js";

export type Question =
  /** From now on, count in this run. */
  | { readonly type: "run"; readonly columns: Columns }
  /** Count at one place. */
  | { readonly type: "place"; readonly layout: Layout }
  /** Write a counts file. */
  | {
      readonly type: "file";
      readonly layout: Layout;
      readonly header: CountsHeader;
      readonly extension: string;
    };

/** One for every question but the first kind, in their order. */
export type Answer =
  | { readonly type: "place"; readonly recount: Recount }
  | { readonly type: "file"; readonly text: string }
  | { readonly type: "failure"; readonly message: string };
