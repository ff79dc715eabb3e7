/** Opens the list of keys. */
import { showsHelp } from "../player/view.js";

export function HelpButton() {
  return (
    <button
      type="button"
      onClick={() => {
        showsHelp.value = true;
      }}
    >
      Help
    </button>
  );
}
