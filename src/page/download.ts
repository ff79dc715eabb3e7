/** Files that the page makes itself. */

/** Gives a text to the person as a file. */
export function download(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // Some browsers take the address only after a while.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** A value of a CSV file (RFC 4180). */
export function csvValue(value: string | number): string {
  const text = String(value);
  // Spreadsheets would take these for formulas.
  const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
