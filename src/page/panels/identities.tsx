/** All identities, to sort and search. */
import { identities, pick } from "../state.js";

export function Identities() {
  return (
    <ul>
      {[...identities.value.keys()].map((id) => (
        <li key={id}>
          <button type="button" onClick={() => pick(id)}>
            {id}
          </button>
        </li>
      ))}
    </ul>
  );
}
