/** The one folder that is served, and nothing outside of it. */
import { realpath, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { Refusal } from "./refusal.js";

/** A folder, by its real path. */
export class Folder {
  /** Without links. */
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async open(path: string): Promise<Folder> {
    return new Folder(await realpath(path));
  }

  /**
   * The file that a path names, without links.
   *
   * @param name below the folder, with slashes
   * @throws {Refusal} it is not there, no file, or somewhere else
   */
  async find(name: string): Promise<string> {
    const parts = name.split("/");
    const isPlain = parts.every(
      (part) => part !== "" && part !== "." && part !== ".." && !/[\\\0]/.test(part) && !part.startsWith("."),
    );
    if (!isPlain) throw new Refusal(404, `There is no ${JSON.stringify(name)} here`);
    const found = await this.realFile(join(this.path, ...parts));
    if (found === undefined) throw new Refusal(404, `There is no file ${JSON.stringify(name)} here`);
    return found;
  }

  /** A file by any path, without links; undefined where there is none, or it is not inside. */
  async realFile(path: string): Promise<string | undefined> {
    try {
      const real = await realpath(path);
      return this.has(real) && (await stat(real)).isFile() ? real : undefined;
    } catch {
      return undefined;
    }
  }

  has(real: string): boolean {
    return real.startsWith(this.path.endsWith(sep) ? this.path : this.path + sep);
  }

  /** What a file inside is called. */
  nameOf(path: string): string {
    return relative(this.path, path).split(sep).join("/");
  }
}
