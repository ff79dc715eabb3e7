/** Corrections as a file, in a page that has no server to keep them. */
import { useRef } from "preact/hooks";
import { editing, entries, openFile, saveFile, unsaved } from "../edit/store.js";

export function EditFile() {
  const field = useRef<HTMLInputElement>(null);
  const { file } = editing.value!.tracks;
  return (
    <>
      <button
        type="button"
        disabled={entries.value.length === 0}
        title={`Then: track apply ${file}.edits.json --tracks ${file} --out corrected.json`}
        onClick={saveFile}
      >
        {unsaved.value > 0 ? "Save corrections *" : "Save corrections"}
      </button>
      <button
        type="button"
        title="Goes on with corrections that were saved"
        onClick={() => field.current!.click()}
      >
        Open …
      </button>
      <input
        ref={field}
        type="file"
        accept=".json"
        hidden
        aria-label="Corrections that were saved"
        onChange={(event) => {
          const [chosen] = event.currentTarget.files ?? [];
          event.currentTarget.value = "";
          if (chosen) void openFile(chosen);
        }}
      />
    </>
  );
}
