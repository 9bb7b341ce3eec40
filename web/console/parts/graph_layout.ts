// Where the graph's nodes lie: three columns, the service itself first, then by risk, so that what matters is on top. Pure.
import type { GraphEdge, GraphNode } from "../types.ts";

export const width = 760;
export const rowHeight = 34;
const nodeWidth = 204;
const mostInColumn = 12; // more neighbours than a person looks at; the table has all

export interface Placed {
  node: GraphNode;
  x: number;
  y: number;
  w: number;
}
export interface Drawn {
  from: Placed;
  to: Placed;
  why: string;
  risk: number;
}

const columns: Record<GraphNode["kind"], number> = { service: 0, system: 1, dataset: 2 };

export function layout(graph: { nodes: GraphNode[]; edges: GraphEdge[] }, self: string): { placed: Placed[]; edges: Drawn[]; hidden: number; height: number } {
  const byColumn: GraphNode[][] = [[], [], []];
  for (const node of graph.nodes) byColumn[columns[node.kind] ?? 0]?.push(node);
  const placed: Placed[] = [];
  let hidden = 0;
  const rows = Math.max(1, ...byColumn.map((column) => Math.min(column.length, mostInColumn)));
  byColumn.forEach((column, index) => {
    const order = [...column].sort((a, b) => rank(b, self) - rank(a, self) || a.id.localeCompare(b.id));
    hidden += Math.max(0, order.length - mostInColumn);
    const listed = order.slice(0, mostInColumn);
    const top = index === 0 ? 0 : ((rows - listed.length) * rowHeight) / 2 / 2; // drawn towards the top, where the service itself is
    listed.forEach((node, row) => {
      placed.push({ node, x: 2 + (index * (width - nodeWidth - 4)) / 2, y: top + (row + 0.5) * rowHeight, w: nodeWidth });
    });
  });
  const find = new Map(placed.map((each) => [each.node.id, each]));
  const edges = graph.edges.flatMap((edge): Drawn[] => {
    const [from, to] = [find.get(edge.from), find.get(edge.to)];
    if (!from || !to) return [];
    return [{ from, to, why: edge.why, risk: Math.max(riskOf(from.node), riskOf(to.node)) }];
  });
  return { placed, edges, hidden, height: rows * rowHeight + 4 };
}

/// Along an edge flows the risk of its system or data set; a service passes nothing on by itself.
const riskOf = (node: GraphNode): number => (node.kind === "service" ? 0 : (node.effects ?? 0) + (node.evidence ? 1000 : 0));
const rank = (node: GraphNode, self: string): number =>
  node.id === self && node.kind === "service" ? Infinity : (node.effects ?? 0) * 10 + (node.evidence ? 5000 : 0) + (node.state && node.state !== "open" ? 100 : 0);
