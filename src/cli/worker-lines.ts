import type { Writable } from "node:stream";
import { formatLine } from "./batch-reporter.js";

/** Tells one event, a line of `key=value` or of JSON. */
export type WorkerLines = (event: string, fields: Readonly<Record<string, unknown>>) => void;

/** What a worker says; nothing where there is no stream. */
export const workerLines =
  (stream: Writable | undefined, json: boolean): WorkerLines =>
  (event, fields) => {
    stream?.write(`${json ? JSON.stringify({ event, ...fields }) : formatLine(event, fields)}\n`);
  };
