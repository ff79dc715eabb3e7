/** Watches a camera for two seconds of its time and follows people in it. The camera is one of our own, behind http. */
import { createReadStream } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createDetector, createRuntime, openStream, resolveModel, Sort, track } from "throughline";

const camera = createServer((_, response) => {
  createReadStream(new URL("pets.mp4", import.meta.url)).pipe(response);
});
await new Promise<void>((ready) => camera.listen(0, "127.0.0.1", ready));
const { port } = camera.address() as AddressInfo;

const runtime = await createRuntime();
const model = await resolveModel("nanodet-g", "detector");
const detector = await createDetector(model.card, model.path, runtime, { minScore: 0.4 });
const source = await openStream(`http://127.0.0.1:${port}/`, { end: 2, giveUp: 10 });

let most = 0;
for await (const { tracks } of track(source, { detector, tracker: new Sort({ minHits: 1 }) }))
  most = Math.max(most, tracks.length);
const { received, dropped } = source.stats();
console.log(`up to ${most} at a time; ${received} frames came, those that nobody waited for were left out`);
console.assert(dropped < received);
await runtime.close();
camera.closeAllConnections();
camera.close();
