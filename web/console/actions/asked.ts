// Which action a person asked for. The dialogs listen here, so that any page and the palette can ask.
import type { InspectionReport } from "../types.ts";

export type Action =
  | { kind: "close"; services: string[] | "all" }
  | { kind: "verify"; services: string[] }
  | { kind: "withdraw"; service: string; closure: string }
  | { kind: "hold"; service: string }
  | { kind: "resume"; service: string }
  | { kind: "approve"; service: string }
  | { kind: "accept"; report: InspectionReport; paths: ReadonlySet<string> }
  | { kind: "mode"; mode: "act" | "advise" };

let listener: (action: Action) => void = () => undefined;
export const whenAsked = (then: (action: Action) => void): void => void (listener = then);
export const ask = (action: Action): void => listener(action);
