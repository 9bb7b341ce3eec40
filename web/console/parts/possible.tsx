// The action that is possible now, by the service's state and the person's roles; and how to close it again.
import type { JSX } from "preact";
import { type Action, ask } from "../actions/asked.ts";
import { stateOf } from "../fold.ts";
import { t } from "../messages.ts";
import { useStore } from "../store.ts";
import type { Role, Row, State } from "../types.ts";

interface Possible {
  role: Role;
  label: "close" | "verify" | "withdraw" | "approve" | "hold" | "resume";
  /// Waits for a person: has the accent.
  needs?: boolean;
  when?: (row: Row, person: string) => boolean;
  action: (row: Row) => Action;
}

const close: Possible = { role: "operator", label: "close", action: (row) => ({ kind: "close", services: [row.id] }) };
const verify: Possible = { role: "operator", label: "verify", needs: true, action: (row) => ({ kind: "verify", services: [row.id] }) };
const withdraw: Possible = {
  role: "operator",
  label: "withdraw",
  action: (row) => ({ kind: "withdraw", service: row.id, closure: row.closure ?? "" }),
};

const table: Record<State, readonly Possible[]> = {
  open: [close],
  guarded: [close],
  closed: [verify, withdraw],
  verifying: [],
  verified: [
    {
      role: "approver",
      label: "approve",
      needs: true,
      when: (row, person) => !row.approvals?.includes(person),
      action: (row) => ({ kind: "approve", service: row.id }),
    },
    withdraw,
  ],
  trial: [
    { role: "operator", label: "hold", when: (row) => !row.held, action: (row) => ({ kind: "hold", service: row.id }) },
    { role: "approver", label: "resume", needs: true, when: (row) => !!row.held, action: (row) => ({ kind: "resume", service: row.id }) },
    close,
  ],
};

export function PossibleNow({ row }: { row: Row }): JSX.Element | null {
  const session = useStore((each) => each.session);
  if (!session) return null;
  const possible = table[stateOf(row)].filter((each) => session.roles.includes(each.role) && (each.when?.(row, session.person) ?? true));
  if (possible.length === 0) return null;
  return (
    <div class="buttons">
      {possible.map((each) => (
        <button key={each.label} type="button" class={each.needs ? "needs" : ""} onClick={() => ask(each.action(row))}>
          {t(`action.${each.label}`)}
        </button>
      ))}
    </div>
  );
}
