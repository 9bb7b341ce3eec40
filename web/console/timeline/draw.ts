// Draws a view of the timeline onto a canvas: a frame costs what the canvas is wide, not what the incident was long.
import { states } from "../types.ts";
import { lowerBound } from "./column.ts";
import { bin, type Lane, lanes, type TimelineFacts } from "./facts.ts";
import { ticks, type View } from "./view.ts";

export const colourNames = ["ink", "quiet", "line", "back", "raised", "accent", "attempt", ...states] as const;
export type Colours = Record<(typeof colourNames)[number], string>;

export interface Words {
  lanes: readonly string[];
  services: string;
  tick: (at: number, step: number) => string;
}
export interface Picture {
  width: number;
  height: number;
  view: View;
  colours: Colours;
  words: Words;
  font: string;
  /// First service row that is seen.
  scroll: number;
  selection: View | null;
  cursor: { lane: number; at: number } | null;
}

/// Where the lanes' names end and their facts begin.
export const gutterOf = (width: number): number => Math.min(150, Math.round(width * 0.26));
export const axisHeight = 26;
export const laneHeight = 44;
export const rowHeight = 15;
export const servicesTop = axisHeight + lanes.length * laneHeight + 18;
export const rowsThatFit = (height: number): number => Math.max(0, Math.floor((height - servicesTop - 4) / rowHeight));

const bracket = 5; // pixels that an onset's ends hang down
const sparse = 8; // pixels between marks from which on each fact is drawn by itself

export function draw(context: CanvasRenderingContext2D, facts: TimelineFacts, picture: Picture): void {
  const { width, height, colours } = picture;
  context.fillStyle = colours.back;
  context.fillRect(0, 0, width, height);
  context.font = picture.font;
  context.textBaseline = "middle";
  drawSelection(context, picture);
  drawAxis(context, picture);
  drawDowns(context, facts, picture);
  facts.lanes.forEach((lane, index) => drawLane(context, lane, index, picture));
  drawOnsets(context, facts, picture);
  drawServices(context, facts, picture);
  drawCursor(context, picture);
}

export function toX({ width, view }: { width: number; view: View }, at: number): number {
  const gutter = gutterOf(width);
  return gutter + ((at - view.from) / (view.to - view.from)) * (width - gutter);
}
export function toTime({ width, view }: { width: number; view: View }, x: number): number {
  const gutter = gutterOf(width);
  return view.from + ((x - gutter) / (width - gutter)) * (view.to - view.from);
}

function drawSelection(context: CanvasRenderingContext2D, picture: Picture): void {
  if (!picture.selection) return;
  const [from, to] = [Math.max(gutterOf(picture.width), toX(picture, picture.selection.from)), toX(picture, picture.selection.to)];
  context.fillStyle = picture.colours.raised;
  context.fillRect(from, axisHeight, Math.max(1, to - from), picture.height - axisHeight);
}

function drawAxis(context: CanvasRenderingContext2D, picture: Picture): void {
  const { colours, height, width } = picture;
  const gutter = gutterOf(width);
  const { step, at } = ticks(picture.view, Math.max(2, Math.floor((width - gutter) / 110)));
  context.lineWidth = 1;
  context.textAlign = "left";
  for (const tick of at) {
    const x = Math.round(toX(picture, tick)) + 0.5;
    line(context, colours.line, x, 0, x, height);
    context.fillStyle = colours.quiet;
    context.fillText(picture.words.tick(tick, step), x + 4, axisHeight / 2);
  }
}

function drawLane(context: CanvasRenderingContext2D, lane: Lane, index: number, picture: Picture): void {
  const { colours, width } = picture;
  const gutter = gutterOf(width);
  const base = axisHeight + (index + 1) * laneHeight - 6.5;
  line(context, colours.line, 0, base + 6, width, base + 6);
  context.fillStyle = colours.ink;
  context.textAlign = "left";
  context.fillText(picture.words.lanes[index] ?? "", 8, base - laneHeight / 2 + 8, gutter - 14);
  const begin = lowerBound(lane.at.data, lane.at.length, picture.view.from);
  const end = lowerBound(lane.at.data, lane.at.length, picture.view.to, begin);
  if ((end - begin) * sparse < width - gutter) drawEach(context, lane, begin, end, base, picture);
  else drawCounts(context, lane, base, picture);
}

const outside = 3; // the lane
const shade = 0.25;

/// Behind the outside view's facts, a band as high as many services were seen down.
function drawDowns(context: CanvasRenderingContext2D, { downs }: TimelineFacts, picture: Picture): void {
  const { view, colours, width } = picture;
  const base = axisHeight + (outside + 1) * laneHeight - 1;
  const scale = (laneHeight - 6) / Math.log2(1 + Math.max(1, downs.most));
  context.fillStyle = colours.closed;
  context.globalAlpha = shade;
  let drawnTo = gutterOf(width);
  for (
    let i = Math.max(0, lowerBound(downs.at.data, downs.at.length, view.from) - 1);
    i < downs.at.length && downs.at.at(i) <= view.to;
    ++i
  ) {
    const next = i + 1 < downs.at.length ? Math.min(width, toX(picture, downs.at.at(i + 1))) : width;
    const from = Math.max(drawnTo, toX(picture, downs.at.at(i)));
    if (next - from < 0.5 && i + 1 < downs.at.length) continue; // thinner than what is seen
    const height = Math.log2(1 + downs.count.at(i)) * scale;
    context.fillRect(from, base - height, next - from, height);
    drawnTo = next;
  }
  context.globalAlpha = 1;
}

/// A bracket from the last good answer to the first bad one; where facts are too many to be told apart, none.
function drawOnsets(context: CanvasRenderingContext2D, { onsets }: TimelineFacts, picture: Picture): void {
  const { view, colours, width } = picture;
  const gutter = gutterOf(width);
  const begin = lowerBound(onsets.at.data, onsets.at.length, view.from);
  const end = lowerBound(onsets.at.data, onsets.at.length, view.to, begin);
  if ((end - begin) * sparse >= width - gutter) return;
  const top = axisHeight + outside * laneHeight + 3.5;
  context.strokeStyle = colours.ink;
  for (let i = begin; i < end; ++i) {
    const from = Math.max(gutter, toX(picture, onsets.earliest.at(i)));
    const to = Math.max(from + 1, toX(picture, onsets.latest.at(i)));
    context.beginPath();
    context.moveTo(from, top + bracket);
    context.lineTo(from, top);
    context.lineTo(to, top);
    context.lineTo(to, top + bracket);
    context.stroke();
  }
}

function laneColour(grave: boolean, colours: Colours): string {
  return grave ? colours.closed : colours.attempt;
}

function drawEach(context: CanvasRenderingContext2D, lane: Lane, begin: number, end: number, base: number, picture: Picture): void {
  const { colours } = picture;
  const middle = base - laneHeight / 2 + 8;
  for (let i = begin; i < end; ++i) {
    const x = toX(picture, lane.at.at(i));
    const grave = lane.graveBefore(i + 1) > lane.graveBefore(i);
    const because = lane.because.at(i);
    if (because > 0) {
      const from = Math.max(gutterOf(picture.width), toX(picture, because));
      if (x - from > 2) line(context, colours.quiet, from, middle, x, middle);
    }
    context.strokeStyle = context.fillStyle = laneColour(grave, colours);
    if (grave) context.fillRect(x - 3, middle - 8, 6, 16);
    else context.strokeRect(x - 2.5, middle - 5.5, 5, 11);
  }
}

let counts = new Uint32Array(0);
let graves = new Uint32Array(0);

function drawCounts(context: CanvasRenderingContext2D, lane: Lane, base: number, picture: Picture): void {
  const gutter = gutterOf(picture.width);
  const width = Math.max(1, Math.floor(picture.width - gutter));
  if (counts.length !== width) [counts, graves] = [new Uint32Array(width), new Uint32Array(width)];
  bin(lane, picture.view.from, picture.view.to, counts, graves);
  let most = 1;
  for (const count of counts) if (count > most) most = count;
  const scale = (laneHeight - 14) / Math.log2(1 + most);
  bars(context, counts, scale, gutter, base, picture.colours.attempt);
  bars(context, graves, scale, gutter, base, picture.colours.closed);
}

/// One path for all bars of a lane: a canvas is slow by calls, not by pixels.
function bars(context: CanvasRenderingContext2D, values: Uint32Array, scale: number, gutter: number, base: number, colour: string): void {
  context.fillStyle = colour;
  context.beginPath();
  for (let x = 0; x < values.length; ++x) {
    const value = values[x] ?? 0;
    if (value > 0) context.rect(gutter + x, base - Math.log2(1 + value) * scale, 1, Math.log2(1 + value) * scale);
  }
  context.fill();
}

function drawServices(context: CanvasRenderingContext2D, facts: TimelineFacts, picture: Picture): void {
  const { colours } = picture;
  context.textAlign = "left";
  context.fillStyle = colours.quiet;
  context.fillText(picture.words.services, 8, servicesTop - 10, picture.width - 16);
  const fit = rowsThatFit(picture.height);
  facts
    .livesInOrder()
    .slice(picture.scroll, picture.scroll + fit)
    .forEach((life, row) => {
      const y = servicesTop + row * rowHeight;
      context.fillStyle = colours.ink;
      context.fillText(life.service, 8, y + rowHeight / 2, gutterOf(picture.width) - 14);
      drawLife(context, life, y, picture);
    });
}

function drawLife(context: CanvasRenderingContext2D, life: TimelineFacts["lives"][number], y: number, picture: Picture): void {
  const { view, width, colours } = picture;
  let i = Math.max(0, lowerBound(life.at.data, life.at.length, view.from) - 1);
  let drawnTo = gutterOf(width);
  for (; i < life.at.length && life.at.at(i) <= view.to; ++i) {
    const from = Math.max(drawnTo, toX(picture, life.at.at(i)));
    const next = i + 1 < life.at.length ? toX(picture, life.at.at(i + 1)) : width;
    if (next < drawnTo + 0.5) continue; // thinner than what is seen
    const to = Math.min(width, Math.max(next, from + 1));
    const state = states[life.state.at(i)] ?? "open";
    context.fillStyle = colours[state];
    if (state === "open") context.fillRect(from, y + rowHeight / 2 - 0.5, to - from, 1);
    else context.fillRect(from, y + 3, to - from, rowHeight - 6);
    drawnTo = to;
  }
}

function drawCursor(context: CanvasRenderingContext2D, picture: Picture): void {
  if (!picture.cursor) return;
  const x = Math.round(toX(picture, picture.cursor.at)) + 0.5;
  if (x < gutterOf(picture.width) || x > picture.width) return;
  const top = axisHeight + picture.cursor.lane * laneHeight;
  context.lineWidth = 2;
  context.strokeStyle = picture.colours.ink;
  context.strokeRect(x - 6, top + 6, 12, laneHeight - 12);
  context.lineWidth = 1;
  line(context, picture.colours.ink, x, axisHeight, x, picture.height);
}

function line(context: CanvasRenderingContext2D, colour: string, x0: number, y0: number, x1: number, y1: number): void {
  context.strokeStyle = colour;
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}
