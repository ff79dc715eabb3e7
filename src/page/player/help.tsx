/** All keys, in a dialog. */
import { useEffect, useRef } from "preact/hooks";
import { keys } from "../keys.js";
import { showsHelp } from "./view.js";

export function Help() {
  const dialog = useRef<HTMLDialogElement>(null);
  const isOpen = showsHelp.value;
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen]);
  const close = (): void => {
    showsHelp.value = false;
  };
  const groups = [...new Set(keys.value.map(({ group }) => group))];
  return (
    <dialog ref={dialog} class="help" aria-labelledby="help-title" onClose={close}>
      <header>
        <h2 id="help-title">Keys</h2>
        <button type="button" onClick={close}>
          Close
        </button>
      </header>
      <div class="groups">
        {groups.map((group) => (
          <section key={group}>
            <h3>{group}</h3>
            <dl>
              {keys.value
                .filter((key) => key.group === group)
                .map(({ shown, what }) => (
                  <div key={what}>
                    <dt>
                      {shown.map((one) => (
                        <kbd key={one}>{one}</kbd>
                      ))}
                    </dt>
                    <dd>{what}</dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
      </div>
    </dialog>
  );
}
