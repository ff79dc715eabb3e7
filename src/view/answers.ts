/** What is sent back, and what every answer says of itself. */
import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Boot, fillPage } from "../report/boot.js";
import { Refusal } from "./refusal.js";

/** A request with its answer. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** More than any correction takes. */
const LARGEST_BODY = 1 << 16;

/** Said with everything: nothing here is for other pages, and nothing is what it does not say it is. */
const ALWAYS = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
} as const;

export function setHeaders(response: ServerResponse): void {
  for (const [name, value] of Object.entries(ALWAYS)) response.setHeader(name, value);
}

/** The page's own scripts by their checksums, and nothing else: what a name of a file brings into the page never runs. */
function policyOf(template: string): string {
  const scripts = [
    ...template.matchAll(
      /<script(?![^>]*type="(?:application\/json|text\/plain)")[^>]*>([\s\S]*?)<\/script>/g,
    ),
  ];
  const hashes = scripts.map(([, text]) => `'sha256-${createHash("sha256").update(text!).digest("base64")}'`);
  return [
    "default-src 'none'",
    `script-src ${hashes.join(" ")}`,
    "style-src 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "media-src 'self' blob:",
    "connect-src 'self'",
    "worker-src blob:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

/** One of our pages. */
export async function sendPage({ response }: Exchange, template: string, boot: Boot): Promise<void> {
  let text = "";
  for await (const part of fillPage(template, boot, [])) text += part;
  response.writeHead(200, {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": policyOf(template),
    "cache-control": "no-store",
  });
  response.end(text);
}

/** A value as JSON; the same as last time is not sent again. */
export function sendJson({ request, response }: Exchange, value: unknown, status = 200): void {
  const text = `${JSON.stringify(value)}\n`;
  const etag = `"${createHash("sha256").update(text).digest("base64url").slice(0, 22)}"`;
  if (status === 200 && request.headers["if-none-match"] === etag) {
    response.writeHead(304, { etag });
    response.end();
    return;
  }
  response.writeHead(status, {
    "content-type": "application/json; charset=utf-8",
    "cache-control": "no-cache",
    etag,
  });
  response.end(text);
}

/** A line for people, as a page where they would see it. */
export function sendRefusal(
  { request, response }: Exchange,
  status: number,
  line: string,
  details = {},
): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (request.headers.accept?.includes("application/json")) {
    sendJson({ request, response }, { message: line, ...details }, status);
    return;
  }
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" });
  response.end(`${line}\n`);
}

/** The JSON that came with a request. @throws {Refusal} it is none, or too much */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  if (!/^application\/json\b/i.test(request.headers["content-type"] ?? ""))
    throw new Refusal(415, "Expected JSON");
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > LARGEST_BODY) throw new Refusal(413, "Expected a correction, got more than one can be");
    parts.push(part);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString("utf8"));
  } catch {
    throw new Refusal(400, "Expected JSON");
  }
}
