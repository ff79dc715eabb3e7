/** What can be done with the mouse, by touch and by keys. */
import { useRef } from "preact/hooks";

const groups: readonly { readonly title: string; readonly keys: readonly (readonly [string, string])[] }[] = [
  {
    title: "Timeline",
    keys: [
      ["Click on a bar", "go there and pick the identity; with Shift or Ctrl pick it in addition"],
      ["Drag to the side", "move to other times"],
      ["Wheel over the ruler or the overview", "zoom; over the rows with Ctrl, or two fingers"],
      ["Drag in the overview", "move the window; its edges make it longer or shorter"],
      ["Up, Down", "from one identity to the next"],
      ["Left, Right", "to where the identity begins, ends or is missing"],
      ["Shift and Left, Right", "move to other times"],
      ["Enter", "pick the identity and go to where it begins"],
      ["+, −, 0", "zoom in, zoom out, the whole run"],
    ],
  },
  {
    title: "Tables and lists",
    keys: [
      ["Up, Down, Page Up, Page Down, Home, End", "from one row to the next"],
      ["Enter", "go there"],
      ["Space", "pick the identity in addition to others"],
    ],
  },
];

export function HelpButton() {
  const dialog = useRef<HTMLDialogElement>(null);
  return (
    <>
      <button type="button" onClick={() => dialog.current?.showModal()}>
        Help
      </button>
      <dialog ref={dialog} class="help" aria-labelledby="help-title">
        <form method="dialog">
          <h2 id="help-title">Keys and gestures</h2>
          {groups.map(({ title, keys }) => (
            <section key={title}>
              <h3>{title}</h3>
              <dl>
                {keys.map(([key, does]) => (
                  <div key={key}>
                    <dt>{key}</dt>
                    <dd>{does}</dd>
                  </div>
                ))}
              </dl>
            </section>
          ))}
          <button type="submit">Close</button>
        </form>
      </dialog>
    </>
  );
}
