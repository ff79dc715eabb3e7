// node-moving-things-tracker 0.9 ships no types.
declare module "node-moving-things-tracker" {
  interface Item {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
    readonly confidence: number;
    readonly name: string;
  }
  const all: {
    readonly Tracker: {
      updateTrackedItemsWithNewFrame(detections: readonly Item[], frame: number): void;
      getJSONOfTrackedItems(): readonly unknown[];
      reset(): void;
    };
  };
  export default all;
}
