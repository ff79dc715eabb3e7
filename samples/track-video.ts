/**
 * Tracks people and vehicles as `track --online` does: weak detections and appearance help, the camera may move. Then, as all
 * frames are known, fragments are joined by how they move and look, and gaps filled.
 */
import {
  CameraFromPictures,
  createDetector,
  createEmbedder,
  createRuntime,
  type FrameTracks,
  groupClasses,
  LookMeans,
  openInput,
  refine,
  resolveModel,
  selectRows,
  Throughline,
  track,
  usualClasses,
} from "throughline";

const runtime = await createRuntime();
const model = await resolveModel("nanodet-g", "detector");
// Throughline tells strong detections from weak ones by itself.
const detector = await createDetector(model.card, model.path, runtime, { minScore: 0.1 });
const appearance = await resolveModel("mobilenet-hsv-stripes", "embedder");
const embedder = await createEmbedder(appearance.card, appearance.path, runtime);

const video = await openInput(new URL("pets.mp4", import.meta.url).pathname);
const tracker = new Throughline({ classGroups: groupClasses(detector.labels) });
const select = selectRows(usualClasses(detector.labels));
const online: FrameTracks[] = [];
try {
  for await (const frame of track(video, {
    ...{ detector, embedder, tracker, select },
    ...{ camera: new CameraFromPictures(), looks: new LookMeans(), keepsCues: true },
  }))
    online.push(frame);
} finally {
  await video.close();
  await runtime.close();
}

const seen = new Map<number, number>();
for await (const { tracks } of refine(() => online))
  for (const { id } of tracks) seen.set(id, (seen.get(id) ?? 0) + 1);
const longest = [...seen].sort((a, b) => b[1] - a[1]).slice(0, 3);
console.log(
  `${seen.size} identities; seen longest: ${longest.map(([id, n]) => `${id} (${n} frames)`).join(", ")}`,
);
