/** What was corrected, the last first; those that were undone can be brought back. */
import type { Edit } from "../../edit/index.js";
import { positionOf } from "../../report/run.js";
import { history, wordsOf } from "../edit/store.js";
import { goTo, identities, run, selected } from "../state.js";

export function EditList({ onClose }: { readonly onClose: () => void }) {
  const { edits, undone } = history.value;
  return (
    <div class="edits">
      {edits.length + undone.length === 0 && <p class="faint">Nothing was corrected yet.</p>}
      <ol reversed start={edits.length + undone.length}>
        {undone.map((edit, at) => (
          <li key={`undone ${at}`} class="faint">
            <s>{wordsOf(edit)}</s> (undone)
          </li>
        ))}
        {edits
          .map((edit, at) => (
            <li key={at}>
              <button type="button" onClick={() => show(edit)}>
                {wordsOf(edit)}
              </button>
            </li>
          ))
          .reverse()}
      </ol>
      <button type="button" onClick={onClose}>
        Close
      </button>
    </div>
  );
}

/** Picks what it is about and goes there. */
function show(edit: Edit): void {
  const about = edit.type === "merge" ? edit.into : edit.id;
  const ids = edit.type === "split" ? [edit.id, edit.new] : [about];
  const there = ids.filter((id) => identities.value.has(id));
  if (there.length > 0) selected.value = there;
  const number = edit.type === "split" ? edit.frame : edit.type === "delete" ? edit.from : undefined;
  if (number !== undefined) goTo(positionOf(run.value, number));
}
