/**
 * The data of the page: inside it, or behind the address it was told.
 */
import type { Boot } from "../report/boot.js";

let told: Boot | undefined;

/** What the page is to do. @throws {Error} it was opened without data, or is damaged. */
export function boot(): Boot {
  if (told) return told;
  const text = document.getElementById("boot")?.textContent;
  if (!text) throw new Error("This page has no data: make it with track report, or open it by track view");
  try {
    told = JSON.parse(text) as Boot;
  } catch (cause) {
    throw new Error("This page is damaged: copy it again, or make the report again", { cause });
  }
  return told;
}

/**
 * The bytes of a part, taken out of the page so that they are there once.
 *
 * @param onProgress told how much of it is there, from 0 to 1
 * @throws {Error} there is no such part, or it is not whole.
 */
export async function partOf(name: string, onProgress: (share: number) => void = () => {}): Promise<Blob> {
  const scripts = [...document.querySelectorAll<HTMLScriptElement>(`script[data-part="${name}"]`)];
  if (scripts.length > 0) {
    if (!document.querySelector(`script[data-end="${name}"]`))
      throw new Error("This page is not whole, it ends too early: copy it again, or make the report again");
    const blocks: Uint8Array<ArrayBuffer>[] = [];
    for (const [i, script] of scripts.entries()) {
      try {
        blocks.push(fromBase64(script.textContent ?? ""));
      } catch (cause) {
        throw new Error("This page is damaged: copy it again, or make the report again", { cause });
      }
      script.remove();
      onProgress((i + 1) / scripts.length);
      // Hundreds of megabytes take seconds, in which the page lives on.
      if (i + 1 < scripts.length) await new Promise((resolve) => setTimeout(resolve));
    }
    return new Blob(blocks);
  }
  const { base } = boot();
  if (base === undefined)
    throw new Error(`This page has no ${name}: copy it again, or make the report again`);
  const answer = await fetch(base + name);
  if (!answer.ok) throw new Error(`Cannot load "${name}": ${answer.status} ${await answer.text()}`);
  return answer.blob();
}

/** Undoes gzip. @throws {Error} it is damaged. */
export async function unzipped(blob: Blob): Promise<Uint8Array<ArrayBuffer>> {
  const stream = blob.stream().pipeThrough(new DecompressionStream("gzip"));
  try {
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch (cause) {
    throw new Error("The tracks in this page are damaged: copy it again, or make the report again", {
      cause,
    });
  }
}

/** Younger browsers have it, and are many times faster with it. */
interface FromBase64 {
  fromBase64?(text: string): Uint8Array<ArrayBuffer>;
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const { fromBase64: native } = Uint8Array as FromBase64;
  if (native) return native.call(Uint8Array, text);
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = letters.charCodeAt(at);
  return bytes;
}
