/** The small forms of the bar: a name, and a range of frames. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { add } from "../edit/store.js";
import { nameOf } from "../findings.js";
import { frame, identities, names, rowFrames, run } from "../state.js";

interface FormProps {
  readonly id: number;
  readonly onClose: () => void;
}

/** Opens with the focus in its first field; Escape closes it, and the focus goes back. */
function Form({
  label,
  onSend,
  onClose,
  children,
}: {
  readonly label: string;
  readonly onSend: () => boolean;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}) {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    form.current!.querySelector("input")!.select();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <form
      ref={form}
      class="bar form"
      aria-label={label}
      onSubmit={(event) => {
        event.preventDefault();
        if (onSend()) onClose();
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        onClose();
      }}
    >
      {children}
      <button type="button" onClick={onClose}>
        Cancel
      </button>
    </form>
  );
}

export function RenameForm({ id, onClose }: FormProps) {
  const field = useRef<HTMLInputElement>(null);
  return (
    <Form
      label="Name"
      onClose={onClose}
      onSend={() => add({ type: "rename", id, name: field.current!.value.trim() })}
    >
      <label>
        Name of {id}
        <input ref={field} defaultValue={names.value.get(id) ?? ""} maxLength={100} size={28} />
      </label>
      <button type="submit">Save</button>
      <span class="faint">Nothing takes the name away.</span>
    </Form>
  );
}

export function PartForm({ id, onClose }: FormProps) {
  const [from, to] = [useRef<HTMLInputElement>(null), useRef<HTMLInputElement>(null)];
  const rows = identities.value.get(id)!;
  const numberAt = (at: number): number => run.value.index[at]!;
  const [first, last] = [rowFrames.value[rows[0]!]!, rowFrames.value[rows.at(-1)!]!];
  const here = Math.min(Math.max(frame.value, first), last);
  return (
    <Form
      label="Delete a part"
      onClose={onClose}
      onSend={() =>
        add({ type: "delete", id, from: from.current!.valueAsNumber, to: to.current!.valueAsNumber })
      }
    >
      <label>
        Delete {nameOf(id)} from frame
        <input ref={from} type="number" required min={0} defaultValue={String(numberAt(here))} />
      </label>
      <label>
        to
        <input ref={to} type="number" required min={0} defaultValue={String(numberAt(last))} />
      </label>
      <button type="submit">Delete</button>
      <span class="faint">
        It is in frames {numberAt(first)} to {numberAt(last)}.
      </span>
    </Form>
  );
}
