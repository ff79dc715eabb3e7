/** The bar in which identities are corrected: what can be done with those that are picked, and what was done. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { add, editing, freeId, history, saving, trouble } from "../edit/store.js";
import { nameOf } from "../findings.js";
import { addKeys } from "../keys.js";
import { frame, identities, rowFrames, run, selected } from "../state.js";
import { EditFile } from "./edit-file.js";
import { PartForm, RenameForm } from "./edit-forms.js";
import { EditList } from "./edit-list.js";
import "./edit.css";

/** The forms that open below the bar. */
type Form = "rename" | "part" | "list";

export function EditBar() {
  const form = useSignal<Form | undefined>(undefined);
  const toggle = (which: Form) => {
    form.value = form.value === which ? undefined : which;
  };
  useEffect(
    () =>
      addKeys([
        { ...key("m", ["M"], "Merge the picked identities into the one picked first"), run: merge },
        { ...key("s", ["S"], "Split the picked identity at this frame"), run: split },
        { ...key("Delete", ["Delete"], "Delete the picked identities"), run: remove },
        {
          ...key("r", ["R"], "Name the picked identity"),
          run: () => selected.value.length === 1 && toggle("rename"),
        },
        { ...key("z", ["Ctrl", "Z"], "Undo"), control: true, run: undo },
        { ...key("z", ["Ctrl", "Shift", "Z"], "Redo"), control: true, shift: true, run: redo },
      ]),
    [],
  );
  if (!editing.value) return trouble.value ? <Trouble /> : null;
  const picked = selected.value;
  const [first] = picked;
  const close = () => {
    form.value = undefined;
  };
  return (
    <section class="edit" aria-label="Corrections">
      <div class="bar">
        {editing.value.server && <a href="/">All runs</a>}
        <Picked />
        <Act
          onAct={merge}
          isOff={picked.length < 2}
          title="Pick two or more: they become the one picked first"
        >
          {picked.length > 1 ? `Merge into ${nameOf(first!)}` : "Merge"}
        </Act>
        <Act onAct={split} isOff={!canSplit()} title="Pick one: from this frame on it is another identity">
          Split here
        </Act>
        <Act
          onAct={remove}
          isOff={picked.length === 0}
          title="Takes the picked identities away, in all frames"
        >
          Delete
        </Act>
        <Act
          onAct={() => toggle("part")}
          isOff={picked.length !== 1}
          isOpen={form.value === "part"}
          title="Takes away some frames of the picked identity"
        >
          Delete part …
        </Act>
        <Act
          onAct={() => toggle("rename")}
          isOff={picked.length !== 1}
          isOpen={form.value === "rename"}
          title="Names the picked identity"
        >
          Name …
        </Act>
        <span class="rest" />
        <span class="faint" role="status">
          {saving.value ? "Saving …" : ""}
        </span>
        <Act onAct={undo} isOff={history.value.edits.length === 0} title="Takes the last correction back">
          Undo
        </Act>
        <Act
          onAct={redo}
          isOff={history.value.undone.length === 0}
          title="Brings back what was taken back last"
        >
          Redo
        </Act>
        <Act onAct={() => toggle("list")} isOpen={form.value === "list"} title="What was corrected">
          {`Corrections (${history.value.edits.length})`}
        </Act>
        {!editing.value.server && <EditFile />}
      </div>
      {form.value === "rename" && picked.length === 1 && <RenameForm id={first!} onClose={close} />}
      {form.value === "part" && picked.length === 1 && <PartForm id={first!} onClose={close} />}
      {form.value === "list" && <EditList onClose={close} />}
      {trouble.value && <Trouble />}
    </section>
  );
}

const key = (name: string, shown: readonly string[], what: string) => ({
  ...{ key: name, shown, what, group: "Corrections" },
});

function Act({
  onAct,
  isOff = false,
  isOpen,
  title,
  children,
}: {
  readonly onAct: () => unknown;
  readonly isOff?: boolean;
  /** Of a button that opens a form. */
  readonly isOpen?: boolean;
  readonly title: string;
  readonly children: ComponentChildren;
}) {
  return (
    <button type="button" disabled={isOff} aria-expanded={isOpen} title={title} onClick={onAct}>
      {children}
    </button>
  );
}

/** Which are picked. */
function Picked() {
  const picked = selected.value;
  const shown = picked.slice(0, 6).map(nameOf).join(", ");
  const more = picked.length > 6 ? ` and ${picked.length - 6} more` : "";
  return (
    <span class="picked">
      {picked.length === 0 ? (
        <span class="faint">Pick identities to correct them</span>
      ) : (
        `Picked: ${shown}${more}`
      )}
    </span>
  );
}

function Trouble() {
  return (
    <p class="trouble" role="alert">
      <span>{trouble.value}</span>
      <button
        type="button"
        aria-label="Close this message"
        onClick={() => {
          trouble.value = undefined;
        }}
      >
        Close
      </button>
    </p>
  );
}

/** False, for the keyboard, where there is nothing to do. */
function merge(): boolean {
  const [into, ...ids] = selected.value;
  if (into === undefined || ids.length === 0) return false;
  if (add({ type: "merge", into, ids })) selected.value = [into];
  return true;
}

/** Whether the picked identity is on both sides of this frame's beginning. */
function canSplit(): boolean {
  const [id, other] = selected.value;
  const rows = id === undefined || other !== undefined ? undefined : identities.value.get(id);
  if (!rows) return false;
  return rowFrames.value[rows[0]!]! < frame.value && frame.value <= rowFrames.value[rows.at(-1)!]!;
}

function split(): boolean {
  if (!canSplit()) return false;
  const id = selected.value[0]!;
  const fresh = freeId();
  if (add({ type: "split", id, frame: run.value.index[frame.value]!, new: fresh })) selected.value = [fresh];
  return true;
}

function remove(): boolean {
  const ids = selected.value;
  if (ids.length === 0) return false;
  for (const id of ids) if (!add({ type: "delete", id })) break;
  return true;
}

function undo(): boolean {
  return history.value.edits.length > 0 && add({ type: "undo" });
}

function redo(): boolean {
  return history.value.undone.length > 0 && add({ type: "redo" });
}
