/** Tracks the people of a short clip with SORT and says how long each was seen. */
import { createDetector, createRuntime, openInput, resolveModel, Sort, track } from "throughline";

const runtime = await createRuntime();
const model = await resolveModel("nanodet-g", "detector");
const detector = await createDetector(model.card, model.path, runtime, { minScore: 0.4 });
const person = detector.labels.indexOf("person");
const video = await openInput(new URL("pets.mp4", import.meta.url).pathname);

const seen = new Map<number, number>();
try {
  for await (const { tracks } of track(video, { detector, tracker: new Sort({ maxAge: 10 }) }))
    for (const { id, class: c } of tracks) if (c === person) seen.set(id, (seen.get(id) ?? 0) + 1);
} finally {
  await video.close();
  await runtime.close();
}
const longest = [...seen].sort((a, b) => b[1] - a[1]).slice(0, 3);
console.log(
  `${seen.size} people; seen longest: ${longest.map(([id, n]) => `${id} (${n} frames)`).join(", ")}`,
);
