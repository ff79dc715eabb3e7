/** Opens the page: reads its data and shows what it is about, or says why it cannot. */
import { render } from "preact";
import { config } from "zod";
import { Failure } from "./failure.js";
import { boot } from "./parts.js";
import { startTheme } from "./theme.js";
import "./style.css";

const app = document.getElementById("app")!;

// The page's policy lets nothing be compiled, and Firefox complains of whoever tries.
config({ jitless: true });
startTheme();

async function open(): Promise<void> {
  if (typeof DecompressionStream === "undefined")
    throw new Error(
      "This browser is too old for this page: open it with a Chrome, Edge, Firefox or Safari of 2024 or later",
    );
  const told = boot();
  if (told.page === "report") {
    const { openReport } = await import("./report/open.js");
    await openReport(app, told);
  } else if (told.page === "runs") {
    const { openRuns } = await import("./runs/open.js");
    openRuns(app, told);
  } else {
    const { openCompare } = await import("./compare/open.js");
    await openCompare(app, told);
  }
}

open().catch((error: unknown) => {
  console.error(error);
  app.replaceChildren();
  render(<Failure error={error} />, app);
});
