/** A page that could not be opened. */
export function Failure({ error }: { readonly error: unknown }) {
  return (
    <main class="failure">
      <h1>This page cannot be shown</h1>
      <p role="alert">{error instanceof Error ? error.message : String(error)}</p>
    </main>
  );
}
