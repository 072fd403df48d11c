/**
 * @file The stage of a program: a canvas that follows its size, the screen's density of pixels and the page's colours, with
 * pointer input, controls and the animation loop. `stop` undoes it all.
 */
import css from "./gallery.css?raw";
import { type Colors, onColorsChange, readColors } from "./colors.ts";
import { Controls } from "./controls.ts";
import type { Demo } from "./demo.ts";
import { type Loop, loop } from "./loop.ts";

/** As it is written: tools that rewrite `light-dark()` for older browsers would hide the colours from canvases. */
let styled = false;
function addStyle(): void {
  if (styled) return;
  styled = true;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets.push(sheet);
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Pointer input, in CSS pixels of the canvas. Of several fingers, the first counts. */
export interface Drag {
  readonly down?: (at: Point) => void;
  /** Only while pressed. */
  readonly move?: (at: Point, before: Point) => void;
  readonly up?: (at: Point) => void;
}

export interface StageOptions {
  /** What the canvas shows, for those who do not see it. */
  readonly label: string;
  /** Width to height, on wide and on narrow screens. */
  readonly shape?: string;
  readonly narrow?: string;
}

/** A map between the world, y upwards, and the canvas: one scale for both axes. */
export interface View {
  readonly scale: number;
  readonly to: (x: number, y: number) => Point;
  readonly from: (at: Point) => Point;
}

export class Stage {
  readonly context: CanvasRenderingContext2D;
  readonly canvas: HTMLCanvasElement;
  readonly controls: Controls;
  /** In CSS pixels. */
  width = 1;
  height = 1;
  colors: Colors;
  private readonly root: HTMLElement;
  private readonly cleanups: (() => void)[] = [];
  private running: Loop | undefined;

  constructor(host: HTMLElement, { label, shape, narrow }: StageOptions) {
    addStyle();
    this.root = document.createElement("div");
    this.root.className = "g-demo";
    if (shape !== undefined) this.root.style.setProperty("--g-shape", shape);
    if (narrow !== undefined) this.root.style.setProperty("--g-shape-narrow", narrow);
    this.canvas = document.createElement("canvas");
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", label);
    this.root.append(this.canvas);
    host.append(this.root);
    this.context = this.canvas.getContext("2d")!;
    this.controls = new Controls(this.root, () => this.wake());
    this.colors = readColors(this.root);
    const observer = new ResizeObserver(() => this.resize());
    observer.observe(this.canvas);
    this.resize();
    const ended = onColorsChange(() => {
      this.colors = readColors(this.root);
      this.wake();
    });
    this.cleanups.push(
      ended,
      () => observer.disconnect(),
      () => this.root.remove(),
    );
  }

  private resize(): void {
    const box = this.canvas.getBoundingClientRect();
    const density = Math.min(devicePixelRatio, 2.5);
    const [w, h] = [Math.max(box.width, 1), Math.max(box.height, 1)];
    const [columns, rows] = [Math.round(w * density), Math.round(h * density)];
    if (columns === this.canvas.width && rows === this.canvas.height) return;
    [this.width, this.height, this.canvas.width, this.canvas.height] = [w, h, columns, rows];
    this.wake();
  }

  /** Draws a frame, on a clean canvas, whenever the screen is; sleeps once `frame` returns false, until something happens. */
  animate(frame: (seconds: number) => boolean): void {
    this.running = loop(this.canvas, (seconds) => {
      const { context, canvas } = this;
      context.setTransform(canvas.width / this.width, 0, 0, canvas.height / this.height, 0, 0);
      context.clearRect(0, 0, this.width, this.height);
      return frame(seconds);
    });
  }

  wake(): void {
    this.running?.wake();
  }

  drag({ down, move, up }: Drag): void {
    const { canvas } = this;
    canvas.classList.add("g-touchable");
    let held: { readonly id: number; at: Point } | undefined;
    const place = (e: PointerEvent): Point => ({ x: e.offsetX, y: e.offsetY });
    canvas.addEventListener("pointerdown", (e) => {
      if (held !== undefined) return;
      held = { id: e.pointerId, at: place(e) };
      canvas.setPointerCapture(e.pointerId);
      down?.(held.at);
      this.wake();
    });
    canvas.addEventListener("pointermove", (e) => {
      if (held?.id !== e.pointerId) return;
      const at = place(e);
      move?.(at, held.at);
      held.at = at;
      this.wake();
    });
    const end = (e: PointerEvent): void => {
      if (held?.id !== e.pointerId) return;
      held = undefined;
      up?.(place(e));
      this.wake();
    };
    canvas.addEventListener("pointerup", end);
    canvas.addEventListener("pointercancel", end);
  }

  /** The wheel, or a pinch on a touchpad: in turns, positive away from what is shown. */
  wheel(use: (at: Point, turns: number) => void): void {
    this.canvas.addEventListener(
      "wheel",
      (e) => {
        e.preventDefault();
        use({ x: e.offsetX, y: e.offsetY }, Math.max(-1, Math.min(1, e.deltaY / (e.ctrlKey ? 100 : 400))));
        this.wake();
      },
      { passive: false },
    );
  }

  /** The view in which the box of these half sides about the origin just fits. */
  view(
    halfWidth: number,
    halfHeight: number,
    center: Point = { x: this.width / 2, y: this.height / 2 },
  ): View {
    const scale = Math.min(this.width / halfWidth, this.height / halfHeight) / 2;
    return {
      scale,
      to: (x, y) => ({ x: center.x + scale * x, y: center.y - scale * y }),
      from: (at) => ({ x: (at.x - center.x) / scale, y: (center.y - at.y) / scale }),
    };
  }

  line(points: readonly Point[], color: string, width = 2, alpha = 1): void {
    const { context } = this;
    Object.assign(context, { strokeStyle: color, lineWidth: width, globalAlpha: alpha });
    Object.assign(context, { lineJoin: "round", lineCap: "round" });
    context.beginPath();
    for (const { x, y } of points) context.lineTo(x, y);
    context.stroke();
    context.globalAlpha = 1;
  }

  disc({ x, y }: Point, radius: number, color: string, alpha = 1): void {
    const { context } = this;
    Object.assign(context, { fillStyle: color, globalAlpha: alpha });
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fill();
    context.globalAlpha = 1;
  }

  text(words: string, { x, y }: Point, color: string, size = 13, align: CanvasTextAlign = "left"): void {
    const { context } = this;
    Object.assign(context, { fillStyle: color, textAlign: align, textBaseline: "middle" });
    context.font = `${size}px system-ui, sans-serif`;
    context.fillText(words, x, y);
  }

  /** The program that runs on this stage. */
  demo(result: () => unknown): Demo {
    return {
      result,
      frameTimes: () => this.running?.times ?? [],
      stop: () => {
        this.running?.stop();
        for (const cleanup of this.cleanups.splice(0)) cleanup();
      },
    };
  }
}
