// The shapes of the API (docs/api.md), as the console reads them. What a fact holds is in docs/ledger-format.md.

export type State = "open" | "guarded" | "closed" | "verifying" | "verified" | "trial";
export const states: readonly State[] = ["open", "guarded", "closed", "verifying", "verified", "trial"];
export type Role = "viewer" | "operator" | "approver" | "press" | "auditor";
export type Mode = "act" | "advise";
export type Lang = "sq" | "en";
export type Texts = Partial<Record<Lang, string>>;

export interface Session {
  person: string;
  roles: Role[];
  csrf: string;
  expires: string;
  approver?: boolean;
  version?: string;
}

export interface Outside {
  state: "up" | "degraded" | "down" | "vantage_fault" | "no_data";
  changed?: [string, string];
  agreement?: "supports" | "contradicts" | "cannot_tell";
}

/// One service, with what is as usual left out.
export interface Row {
  id: string;
  name?: Texts;
  host: string;
  owner: string;
  institution?: string;
  priority?: number;
  protected?: boolean;
  state?: State;
  since?: string;
  closure?: string;
  by?: "machine" | "person" | "gate";
  why?: string;
  waits_for?: string;
  share?: number;
  limit?: string;
  held?: string;
  unconfirmed?: boolean;
  approvals?: string[];
  effects?: number;
  attempts?: number;
  outside?: Outside;
  closed_at?: string;
  acknowledged?: string;
  systems?: string[];
  datasets?: string[];
  path?: string;
  /// In mode advise: what act would have done.
  advised?: string;
  purpose?: "withdraw";
  /// Gone from the config: nothing but its id is told.
  retired?: true;
}

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export interface Fact {
  kind: string;
  v: number;
  at: string;
  mono: number;
  [field: string]: Json;
}
export interface FactLine {
  number: number;
  durable: boolean;
  fact: Fact;
}

export interface Waiting {
  service?: string;
  for: "second_approval" | "approvals" | "findings" | "verification" | "inspection" | "proof" | "person";
  text?: string;
  who?: string[];
}
export interface Vantage {
  id: string;
  heard: string | null;
  trusted: boolean;
}
export interface Ledger {
  facts: number;
  durable?: number;
  head?: string;
  problem?: string;
}
export interface Incident {
  id: string;
  since: string;
  first_evidence?: string | null;
}
export interface ApproverShown {
  person: string;
  services?: string[] | null;
  until?: string | null;
}
export interface Institution {
  id: string;
  name: Texts;
}

/// Promised by the last released statement.
export interface NextUpdate {
  by: string;
  overdue: boolean;
}

export interface Snapshot {
  number: number;
  at: string;
  mode: Mode;
  version: string;
  incident: Incident | null;
  ledger: Ledger;
  gate: { problem?: string; notices?: string };
  sensors?: { [sensor: string]: Json };
  vantages?: Vantage[];
  next_update?: NextUpdate | null;
  services: Row[];
  institutions?: Institution[];
  alerts?: FactLine[];
  paged?: FactLine[];
  waiting?: Waiting[];
  approvers?: ApproverShown[];
  kinds?: Record<string, number>;
  closed_by_attempts?: number;
}

export interface FactsEvent {
  from: number;
  to: number;
  facts?: FactLine[];
  services?: Row[];
  incident?: Incident | null;
  mode?: Mode;
  waiting?: Waiting[];
}
export interface DurableEvent {
  number: number;
  head: string;
}
export interface PulseEvent {
  at: string;
  ledger?: Partial<Ledger>;
  gate?: { problem?: string; notices?: string };
  sensors?: { [sensor: string]: Json };
  vantages?: Vantage[];
  next_update?: NextUpdate | null;
  examining?: string[];
}

export interface TimelineAnswer {
  first: number | null;
  last: number | null;
  kinds: string[];
  services: string[];
  states: State[];
  columns: {
    number: number[];
    at: number[];
    kind: number[];
    service: number[];
    lane: number[];
    flag: number[];
    state: number[];
  };
  /// Of facts that hold something to be down: after which millisecond it went down, and by which.
  onsets?: { number: number[]; earliest: number[]; latest: number[] };
}

export interface PlacedFact {
  number: number;
  fact: Fact;
  /// Null while the fact is not yet on disk.
  hash: string | null;
  previous: string | null;
  head: { number: number; hash: string } | null;
  durable: boolean;
}

export interface ReportBrief {
  system: string;
  clean: boolean;
  findings: number;
  worst?: string;
  hash?: string;
  files?: number;
  finished: string | { wall: string };
  started?: string | { wall: string };
  baseline?: string;
  baseline_after_evidence?: boolean;
}
export interface ProofBrief {
  dataset: string;
  passed: boolean;
  snapshot: string;
  files?: number;
  bytes?: number;
  problem?: string;
  hash?: string;
  taken: string;
  started?: string | { wall: string };
  finished: string | { wall: string };
  restored_ms?: number;
  compared?: number;
  alive?: string;
  drift?: string;
  taken_after_evidence?: boolean;
}
export interface GraphNode {
  id: string;
  kind: "service" | "system" | "dataset";
  label?: string;
  state?: State;
  effects?: number;
  attempts?: number;
  evidence?: boolean;
}
export interface GraphEdge {
  from: string;
  to: string;
  why: string;
}
export interface Graph {
  nodes: GraphNode[];
  edges: GraphEdge[];
  left_out?: number;
}
export interface ClosureDetail {
  id?: string;
  by?: string;
  why?: string;
  at?: string | { wall: string };
  in_evidence?: string[];
  reports?: ReportBrief[];
  proofs?: ProofBrief[];
  basis?: string | null;
  purpose?: "reopen" | "withdraw";
  approvals?: (string | { person: string; expires?: string })[];
}
export interface ServiceDetail {
  service: Row;
  meanwhile?: Record<string, Json>;
  graph?: Graph;
  closure?: ClosureDetail | null;
  history?: FactLine[];
  reports?: ReportBrief[];
  proofs?: ProofBrief[];
  trial?: Record<string, Json> | null;
}
export interface Deed {
  service: string;
  action: string;
  why: string;
}
export interface Preview {
  /// What follows if a person closes it.
  would: Deed[];
  /// What would follow if the worst effect were seen on it.
  neighbours?: Deed[];
  requests_an_hour?: number | null;
}
export interface Offer {
  approval: { purpose: "reopen" | "withdraw"; service: string; closure: string; basis: string; expires: string };
  closed: { at: string; why: string };
  first_evidence?: string | null;
  reports: ReportBrief[];
  proofs: ProofBrief[];
}
export type SignedApproval = Offer["approval"] & { person: string; key: string; signature: string };

export interface Finding {
  path: string;
  kind: string;
  severity: string;
  before: string;
  after: string;
  why: string;
  package?: string;
}
export interface InspectionReport {
  system: string;
  clean: boolean;
  files: number;
  findings: number;
  findings_dropped?: number;
  contents_not_read?: number;
  listed: Finding[];
  baseline?: { taken: string; signer: string };
  finished: string | { wall: string };
}
export interface DatasetShown {
  dataset: string;
  repository: string;
  proving: boolean;
  proofs: ProofBrief[];
}
export interface StatementAnswer {
  lang: Lang;
  at: string;
  version: string;
  sentences: { id: string; text: string; facts: number[]; category?: string }[];
  cannot?: { id: string; text: string; missing: string }[];
  withdrawn?: { id: string; text: string; since?: number | string }[];
  released?: { number: number; at: string; by: string; texts: Texts; next_update?: NextUpdate | null } | null;
}
export interface SignInWays {
  methods: string[];
  languages?: Lang[];
}
