/** The thread that counts. */
import type { Answer, Question } from "./messages.js";
import { type Columns, countsFile, Paths, recount } from "./recount.js";

const scope = self as unknown as {
  onmessage: (event: MessageEvent<Question>) => void;
  postMessage(answer: Answer): void;
};

let columns: Columns | undefined;
let paths: Paths | undefined;

scope.onmessage = ({ data }) => {
  if (data.type === "run") {
    columns = data.columns;
    paths = undefined;
    return;
  }
  try {
    if (data.type === "file") {
      const text = countsFile(columns!, data.layout, data.header, data.extension);
      scope.postMessage({ type: "file", text });
    } else {
      paths ??= new Paths(columns!);
      scope.postMessage({ type: "place", recount: recount(paths, data.layout) });
    }
  } catch (error) {
    scope.postMessage({ type: "failure", message: (error as Error).message });
  }
};
