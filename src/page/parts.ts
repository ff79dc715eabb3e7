/**
 * The data of the page: inside it, or behind the address it was told.
 */
import type { Boot } from "../report/boot.js";

let told: Boot | undefined;

/** What the page is to do. @throws {Error} it was opened without data. */
export function boot(): Boot {
  if (told) return told;
  const text = document.getElementById("boot")?.textContent;
  if (!text) throw new Error("This page has no data: make it with track report, or open it by track view");
  told = JSON.parse(text) as Boot;
  return told;
}

/** The bytes of a part, taken out of the page so that they are there once. @throws {Error} there is no such part. */
export async function partOf(name: string): Promise<Blob> {
  const scripts = [...document.querySelectorAll<HTMLScriptElement>(`script[data-part="${name}"]`)];
  if (scripts.length > 0) {
    const blocks: Uint8Array<ArrayBuffer>[] = [];
    for (const script of scripts) {
      blocks.push(fromBase64(script.textContent ?? ""));
      script.remove();
    }
    return new Blob(blocks);
  }
  const { base } = boot();
  if (base === undefined) throw new Error(`The page has no part "${name}": make the report again`);
  const answer = await fetch(base + name);
  if (!answer.ok) throw new Error(`Cannot load "${name}": ${answer.status} ${await answer.text()}`);
  return answer.blob();
}

/** Undoes gzip. */
export async function unzipped(blob: Blob): Promise<Uint8Array<ArrayBuffer>> {
  const stream = blob.stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = letters.charCodeAt(at);
  return bytes;
}
