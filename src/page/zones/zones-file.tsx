/** Zones files, written and read. */
import { useRef } from "preact/hooks";
import { parseZones } from "../../count/zones.js";
import { download } from "../download.js";
import { notices, report, zones } from "../state.js";
import { change, endStep, picked } from "./editor.js";

/** As `track count --zones` reads it. */
export function exportZones(): void {
  const name = `${report.value.title.replace(/\.\w+$/, "")}.zones.json`;
  try {
    const checked = parseZones(JSON.stringify(zones.value), name);
    download(name, "application/json", `${JSON.stringify(checked, undefined, 2)}\n`);
  } catch (error) {
    say(`The zones cannot be exported yet: ${(error as Error).message}`);
  }
}

export function ImportButton() {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" onClick={() => input.current!.click()}>
        Import
      </button>
      <input
        ref={input}
        type="file"
        accept=".json,application/json"
        hidden
        aria-label="File of zones"
        onChange={async (event) => {
          const field = event.currentTarget;
          const file = field.files?.[0];
          if (!file) return;
          try {
            const next = parseZones(await file.text(), file.name);
            picked.value = undefined;
            change(next);
            endStep();
          } catch (error) {
            say((error as Error).message);
          }
          field.value = "";
        }}
      />
    </>
  );
}

const say = (text: string): void => {
  notices.value = [...notices.value.filter((one) => one !== text), text];
};
