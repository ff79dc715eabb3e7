/** A canvas that fills its box, sharp on every screen, and is drawn anew when what it read has changed. */
import { useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { tokens } from "./theme.js";

/** Draws in CSS pixels; every signal that it reads makes it draw again. */
export type Draw = (context: CanvasRenderingContext2D, width: number, height: number) => void;

export function Canvas({
  draw,
  ...others
}: { readonly draw: Draw } & Omit<JSX.IntrinsicElements["canvas"], "draw" | "ref">) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useSignal({ width: 0, height: 0, scale: 1 });
  const latest = useSignal(draw);
  latest.value = draw;
  useLayoutEffect(() => {
    const element = canvas.current!;
    const measure = () => {
      const { clientWidth: width, clientHeight: height } = element;
      const scale = window.devicePixelRatio || 1;
      const now = size.peek();
      if (width !== now.width || height !== now.height || scale !== now.scale)
        size.value = { width, height, scale };
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useSignalEffect(() => {
    const { width, height, scale } = size.value;
    // Colours are read by draw, which may be skipped below; a change of theme must still come through.
    void tokens.value;
    const element = canvas.current;
    if (!element || width === 0 || height === 0) return;
    const [wide, high] = [Math.round(width * scale), Math.round(height * scale)];
    if (element.width !== wide || element.height !== high) {
      element.width = wide;
      element.height = high;
    }
    const context = element.getContext("2d")!;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    latest.value(context, width, height);
  });
  return <canvas ref={canvas} {...others} />;
}
