// Where the graph's nodes lie: three columns, the service itself first, then by risk, so that what matters is on top. Pure.
import type { Graph, GraphNode } from "../types.ts";

export const width = 760;
export const rowHeight = 34;
const nodeWidth = 204;
const mostInColumn = 12; // more neighbours than a person looks at; the table has all

export interface Placed {
  node: GraphNode;
  x: number;
  y: number;
  w: number;
  /// In thousandths of a point; of a system, the most that any service on it has.
  effects: number;
}
export interface Drawn {
  from: Placed;
  to: Placed;
  why: string;
  risk: number;
}
export interface Layout {
  placed: Placed[];
  edges: Drawn[];
  hidden: number;
  height: number;
}

const columns: Record<GraphNode["kind"], number> = { service: 0, system: 1, dataset: 2 };
export const isSelf = (node: GraphNode, self: string): boolean => node.kind === "service" && (node.label ?? node.id) === self;

export function layout(graph: Graph, self: string): Layout {
  const effects = effectsOf(graph);
  const byColumn: GraphNode[][] = [[], [], []];
  for (const node of graph.nodes) byColumn[columns[node.kind] ?? 0]?.push(node);
  const rows = Math.max(1, ...byColumn.map((column) => Math.min(column.length, mostInColumn)));
  const rank = (node: GraphNode): number =>
    isSelf(node, self)
      ? Infinity
      : (effects.get(node.id) ?? 0) * 10 + (node.evidence ? 5000 : 0) + (node.state && node.state !== "open" ? 100 : 0);
  let hidden = graph.left_out ?? 0;
  const placed = byColumn.flatMap((column, index) => {
    const order = [...column].sort((a, b) => rank(b) - rank(a) || a.id.localeCompare(b.id));
    hidden += Math.max(0, order.length - mostInColumn);
    const x = 2 + (index * (width - nodeWidth - 4)) / 2;
    return order
      .slice(0, mostInColumn)
      .map((node, row) => ({ node, x, y: (row + 0.5) * rowHeight, w: nodeWidth, effects: effects.get(node.id) ?? 0 }));
  });
  const find = new Map(placed.map((each) => [each.node.id, each]));
  const edges = graph.edges.flatMap((edge): Drawn[] => {
    const [from, to] = [find.get(edge.from), find.get(edge.to)];
    return from && to ? [{ from, to, why: edge.why, risk: Math.max(riskOf(from), riskOf(to)) }] : [];
  });
  return { placed, edges, hidden, height: rows * rowHeight + 4 };
}

/// Along an edge flows the risk of its system; a service passes nothing on but through what it runs on.
const riskOf = ({ node, effects }: Placed): number => (node.kind === "system" ? effects + (node.evidence ? 1000 : 0) : 0);

function effectsOf(graph: Graph): Map<string, number> {
  const effects = new Map(graph.nodes.map((node) => [node.id, node.effects ?? 0]));
  const kinds = new Map(graph.nodes.map((node) => [node.id, node.kind]));
  for (const { from, to } of graph.edges) {
    if (kinds.get(from) === "service" && kinds.get(to) === "system")
      effects.set(to, Math.max(effects.get(to) ?? 0, effects.get(from) ?? 0));
  }
  return effects;
}
