// What a service depends on, and how risk comes to it: services left, systems in the middle, data sets right. An edge is as heavy as
// the risk of the system that it comes from. The same is a table for those who do not see it.
import type { JSX } from "preact";
import { t, tOf } from "../messages.ts";
import { href } from "../route.ts";
import { shown } from "../shown.ts";
import type { Graph as GraphShape, State } from "../types.ts";
import { marks } from "./basics.tsx";
import { isSelf, layout, type Placed, rowHeight, width } from "./graph_layout.ts";

interface Props {
  graph: GraphShape;
  /// The service that it is drawn for.
  self: string;
}

export function Graph({ graph, self }: Props): JSX.Element {
  const { placed, edges, hidden, height } = layout(graph, self);
  const nameOf = (id: string): string => shown(graph.nodes.find((node) => node.id === id)?.label ?? id, 80);
  return (
    <>
      <div class="scroll" tabIndex={0} role="group" aria-label={t("graph")}>
        <svg
          class="graph"
          viewBox={`0 0 ${width} ${height}`}
          role="group"
          aria-label={t("graph.label", { nodes: placed.length, edges: edges.length })}
        >
          {edges.map(({ from, to, why, risk }) => (
            <path
              key={`${from.node.id}/${to.node.id}/${why}`}
              class={`edge${risk > 0 ? " risky" : ""}${[from, to].some((end) => isSelf(end.node, self)) ? " own" : ""}`}
              d={curve(from, to)}
              stroke-width={1 + Math.min(3, Math.log2(1 + risk / 1000) / 2)}
            >
              <title>{`${nameOf(from.node.id)} ${tOf("edge", why)} ${nameOf(to.node.id)}`}</title>
            </path>
          ))}
          {placed.map((each) => (
            <Node key={`${each.node.kind}/${each.node.id}`} placed={each} own={isSelf(each.node, self)} />
          ))}
        </svg>
      </div>
      {hidden > 0 && <p class="quiet">{t("graph.hidden", { n: hidden })}</p>}
      <details class="as-table">
        <summary>{t("as_table")}</summary>
        <table>
          <thead>
            <tr>
              <th scope="col">{t("graph.from")}</th>
              <th scope="col">{t("graph.why")}</th>
              <th scope="col">{t("graph.to")}</th>
            </tr>
          </thead>
          <tbody>
            {graph.edges.map((edge) => (
              <tr key={`${edge.from}/${edge.to}/${edge.why}`}>
                <td>{nameOf(edge.from)}</td>
                <td>{tOf("edge", edge.why)}</td>
                <td>{nameOf(edge.to)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </>
  );
}

const most = 24; // letters of a label that fit; beside its points, fewer
const mostBesidePoints = 15;

function Node({ placed, own }: { placed: Placed; own: boolean }): JSX.Element {
  const { node, x, y, w, effects } = placed;
  const label = shown(node.label ?? node.id, 80);
  const state = node.kind === "service" ? (node.state ?? "open") : null;
  const risk = effects > 0 ? ` ${t("graph.points", { n: Math.round(effects / 100) / 10 })}` : "";
  const fit = risk ? mostBesidePoints : most;
  const inside = (
    <>
      <title>{`${label}${state ? `, ${tOf("state", state)}` : ""}${node.evidence ? `, ${t("graph.evidence")}` : ""}`}</title>
      <rect x={x} y={y - rowHeight / 2 + 3} width={w} height={rowHeight - 6} rx="3" />
      {state && (
        <text x={x + 8} y={y + 4} class={`mark ${state}`}>
          {marks[state as State]}
        </text>
      )}
      <text x={x + (state ? 24 : 8)} y={y + 4}>
        {label.length > fit ? `${label.slice(0, fit - 1)}…` : label}
        <tspan class="risk">{risk}</tspan>
      </text>
    </>
  );
  const kind = `node ${node.kind}${own ? " self" : ""}${node.evidence ? " evidence" : ""}`;
  return state && !own ? (
    <a class={kind} href={href("service", node.label ?? node.id)}>
      {inside}
    </a>
  ) : (
    <g class={kind}>{inside}</g>
  );
}

function curve(from: Placed, to: Placed): string {
  if (from.x === to.x) {
    const [x, bend] = [from.x + from.w, from.x + from.w + 28];
    return `M${x} ${from.y}C${bend} ${from.y} ${bend} ${to.y} ${x} ${to.y}`;
  }
  const [left, right] = from.x < to.x ? [from, to] : [to, from];
  const [a, b] = [left.x + left.w, right.x];
  const middle = (a + b) / 2;
  return `M${a} ${left.y}C${middle} ${left.y} ${middle} ${right.y} ${b} ${right.y}`;
}
