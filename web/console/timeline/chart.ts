// The timeline's canvas: what pointer, wheel and keys do to the view. Draws once a frame at most, and only when something changed.
import { lowerBound } from "./column.ts";
import { axisHeight, type Colours, colourNames, draw, laneHeight, rowsThatFit, servicesTop, toTime, toX, type Words } from "./draw.ts";
import { lanes, type TimelineFacts } from "./facts.ts";
import { around, panned, type View, whole, zoomed } from "./view.ts";

export interface Told {
  onView: (view: View) => void;
  onSelect: (selection: View | null) => void;
  onFact: (index: number) => void;
}
const near = 8; // pixels within which a click means a fact
const panStep = 0.1; // of the view, a key
const zoomStep = 0.7;
const dragFrom = 4; // pixels: less is a click

export class Chart {
  view: View;
  selection: View | null = null;
  selecting = false; // dragging selects, as it does with Shift
  private cursor: { lane: number; index: number } | null = null;
  private scroll = 0;
  private colours: Colours;
  private font: string;
  private frame = 0;
  private readonly context: CanvasRenderingContext2D;
  private readonly ending = new AbortController();
  private readonly observer: ResizeObserver;
  private limits: View;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    readonly facts: TimelineFacts,
    private readonly words: Words,
    private readonly told: Told,
  ) {
    const context = canvas.getContext("2d", { alpha: false });
    if (!context) throw new Error("no canvas");
    this.context = context;
    this.limits = whole(facts.span);
    this.view = { ...this.limits };
    this.colours = coloursOf(canvas);
    this.font = getComputedStyle(canvas).font;
    this.observer = new ResizeObserver(() => this.invalidate());
    this.observer.observe(canvas);
    this.listen();
    this.invalidate();
  }

  destroy(): void {
    this.ending.abort();
    this.observer.disconnect();
    cancelAnimationFrame(this.frame);
  }

  /// New facts came: a view that saw the end goes on seeing it.
  grown(): void {
    const sawEnd = this.view.to >= this.limits.to;
    const sawAll = sawEnd && this.view.from <= this.limits.from;
    this.limits = whole(this.facts.span);
    if (sawAll) this.view = { ...this.limits };
    else if (sawEnd) this.view = panned(this.view, this.limits.to - this.view.to, this.limits);
    this.invalidate();
  }

  recolour(): void {
    this.colours = coloursOf(this.canvas);
    this.invalidate();
  }

  show(view: View): void {
    this.view = view;
    this.told.onView(view);
    this.invalidate();
  }
  showAll(): void {
    this.show({ ...this.limits });
  }
  zoom(factor: number): void {
    this.show(zoomed(this.view, (this.view.from + this.view.to) / 2, factor, this.limits));
  }
  pan(part: number): void {
    this.show(panned(this.view, part * (this.view.to - this.view.from), this.limits));
  }
  goTo(index: number): void {
    const { at, lane } = this.facts.entry(index);
    const of = this.facts.lanes[lane];
    if (of) this.cursor = { lane, index: lowerBound(of.fact.data, of.fact.length, index) };
    this.show(around(at, Math.min(this.view.to - this.view.from, 60_000), this.limits));
  }

  select(selection: View | null): void {
    this.selection = selection;
    this.told.onSelect(selection);
    this.invalidate();
  }

  invalidate(): void {
    if (!this.frame) this.frame = requestAnimationFrame(() => this.paint());
  }

  private paint(): void {
    this.frame = 0;
    const { canvas } = this;
    const ratio = devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (width === 0) return;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const { cursor } = this;
    draw(this.context, this.facts, {
      width,
      height,
      view: this.view,
      colours: this.colours,
      words: this.words,
      font: this.font,
      scroll: this.scroll,
      selection: this.selection,
      cursor: cursor && { lane: cursor.lane, at: this.facts.lanes[cursor.lane]?.at.at(cursor.index) ?? 0 },
    });
  }

  private get picture(): { width: number; view: View } {
    return { width: this.canvas.clientWidth, view: this.view };
  }

  private listen(): void {
    const { signal } = this.ending;
    this.canvas.addEventListener("wheel", (event) => this.onWheel(event), { passive: false, signal });
    this.canvas.addEventListener("pointerdown", (event) => this.onDown(event), { signal });
    this.canvas.addEventListener("keydown", (event) => this.onKey(event), { signal });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.recolour(), { signal });
  }

  private onWheel(event: WheelEvent): void {
    event.preventDefault();
    if (
      event.offsetY > servicesTop &&
      !event.ctrlKey &&
      !event.shiftKey &&
      this.facts.lives.length > rowsThatFit(this.canvas.clientHeight)
    ) {
      const most = this.facts.lives.length - rowsThatFit(this.canvas.clientHeight);
      this.scroll = Math.min(Math.max(0, this.scroll + Math.sign(event.deltaY) * 3), most);
      return this.invalidate();
    }
    const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
    if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY)) return this.pan(sideways / this.canvas.clientWidth);
    const at = toTime(this.picture, event.offsetX);
    this.show(zoomed(this.view, at, Math.exp(event.deltaY * 0.002), this.limits));
  }

  private onDown(event: PointerEvent): void {
    if (event.button !== 0) return;
    const selecting = this.selecting || event.shiftKey;
    const [began, from] = [event.offsetX, this.view];
    const start = toTime(this.picture, began);
    let moved = false;
    const move = (now: PointerEvent): void => {
      moved ||= Math.abs(now.offsetX - began) >= dragFrom;
      if (!moved) return;
      if (selecting) this.select(ordered(start, toTime(this.picture, now.offsetX)));
      else this.show(panned(from, ((began - now.offsetX) / (this.canvas.clientWidth || 1)) * (from.to - from.from), this.limits));
    };
    const ended = new AbortController();
    const end = (now: PointerEvent): void => {
      ended.abort();
      if (!moved) this.click(now);
    };
    this.canvas.setPointerCapture(event.pointerId);
    this.canvas.addEventListener("pointermove", move, { signal: ended.signal });
    this.canvas.addEventListener("pointerup", end, { signal: ended.signal });
    this.canvas.addEventListener("pointercancel", () => ended.abort(), { signal: ended.signal });
  }

  private click(event: PointerEvent): void {
    const lane = Math.floor((event.offsetY - axisHeight) / laneHeight);
    const index = this.nearest(lane, event.offsetX);
    if (index < 0) return;
    this.cursor = { lane, index };
    this.open();
  }

  /// The fact of a lane nearest to a place, a grave one before others; -1 where none is near.
  private nearest(lane: number, x: number): number {
    const of = this.facts.lanes[lane];
    if (!of) return -1;
    const begin = lowerBound(of.at.data, of.at.length, toTime(this.picture, x - near));
    const end = lowerBound(of.at.data, of.at.length, toTime(this.picture, x + near), begin);
    let [best, least] = [-1, Infinity];
    const isAnyGrave = of.graveBefore(end) > of.graveBefore(begin);
    for (let i = begin; i < Math.min(end, begin + 2000); ++i) {
      if (isAnyGrave && of.graveBefore(i + 1) === of.graveBefore(i)) continue;
      const distance = Math.abs(toX(this.picture, of.at.at(i)) - x);
      if (distance < least) [best, least] = [i, distance];
    }
    return best;
  }

  private open(): void {
    const { cursor } = this;
    const index = cursor ? this.facts.lanes[cursor.lane]?.fact.at(cursor.index) : undefined;
    this.invalidate();
    if (index !== undefined) this.told.onFact(index);
  }

  private onKey(event: KeyboardEvent): void {
    const keys: Record<string, () => void> = {
      ArrowLeft: () => this.pan(-panStep),
      ArrowRight: () => this.pan(panStep),
      ArrowUp: () => this.moveCursor(-1, 0),
      ArrowDown: () => this.moveCursor(1, 0),
      ",": () => this.moveCursor(0, -1),
      ".": () => this.moveCursor(0, 1),
      "+": () => this.zoom(zoomStep),
      "=": () => this.zoom(zoomStep),
      "-": () => this.zoom(1 / zoomStep),
      "0": () => this.showAll(),
      Home: () => this.pan(-1e9),
      End: () => this.pan(1e9),
      Enter: () => this.open(),
      s: () => this.select(this.selection ? null : { ...this.view }),
    };
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  private moveCursor(lanesDown: number, facts: number): void {
    const middle = (this.view.from + this.view.to) / 2;
    const before = this.cursor ?? { lane: 0, index: -1 };
    const lane = Math.min(Math.max(0, before.lane + lanesDown), lanes.length - 1);
    const of = this.facts.lanes[lane];
    if (!of || of.at.length === 0) {
      this.cursor = { lane, index: 0 };
      return this.invalidate();
    }
    const at = lanesDown !== 0 || before.index < 0 ? this.facts.lanes[before.lane]?.at.at(before.index) || middle : 0;
    const index = lanesDown !== 0 || before.index < 0 ? lowerBound(of.at.data, of.at.length, at) : before.index + facts;
    this.cursor = { lane, index: Math.min(Math.max(0, index), of.at.length - 1) };
    const time = of.at.at(this.cursor.index);
    if (time < this.view.from || time > this.view.to) this.show(around(time, this.view.to - this.view.from, this.limits));
    this.open();
  }
}

const ordered = (a: number, b: number): View => (a < b ? { from: a, to: b } : { from: b, to: a });

/// The page's colours as a canvas needs them: worked out by the style of an element.
function coloursOf(canvas: HTMLCanvasElement): Colours {
  const probe = document.createElement("span");
  canvas.parentElement?.append(probe);
  const colours = {} as Colours;
  for (const name of colourNames) {
    probe.style.color = `var(--${name})`;
    colours[name] = getComputedStyle(probe).color;
  }
  probe.remove();
  return colours;
}
