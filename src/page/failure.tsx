/** What is shown in place of what could not be. */
import { type ComponentChildren, Component as PreactComponent } from "preact";

/** A page that could not be opened. */
export function Failure({ error }: { readonly error: unknown }) {
  return (
    <main class="failure">
      <h1>This page cannot be shown</h1>
      <p role="alert">{error instanceof Error ? error.message : String(error)}</p>
    </main>
  );
}

interface Caught {
  readonly error?: unknown;
}

/** Says what went wrong where a page would be blank. */
export class Guarded extends PreactComponent<{ readonly children: ComponentChildren }, Caught> {
  override state: Caught = {};

  static override getDerivedStateFromError(error: unknown): Caught {
    return { error };
  }

  override componentDidCatch(error: unknown): void {
    console.error(error);
  }

  override render({ children }: { readonly children: ComponentChildren }, { error }: Caught) {
    return error === undefined ? children : <Failure error={error} />;
  }
}
