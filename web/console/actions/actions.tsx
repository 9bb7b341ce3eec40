// The dialog of the action that somebody asked for; one at a time.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { AcceptDialog } from "./accept.tsx";
import { ApproveDialog } from "./approve.tsx";
import { type Action, whenAsked } from "./asked.ts";
import { CloseDialog } from "./close.tsx";
import { ActDialog, AdviseDialog } from "./mode.tsx";
import { HoldDialog, VerifyDialog, WithdrawDialog } from "./plain.tsx";
import { ResumeDialog } from "./resume.tsx";

export function Actions(): JSX.Element | null {
  const [action, setAction] = useState<Action | null>(null);
  useEffect(() => whenAsked(setAction), []);
  const onClose = (): void => setAction(null);
  if (!action) return null;
  switch (action.kind) {
    case "close":
      return <CloseDialog services={action.services} onClose={onClose} />;
    case "verify":
      return <VerifyDialog services={action.services} onClose={onClose} />;
    case "withdraw":
      return <WithdrawDialog service={action.service} closure={action.closure} onClose={onClose} />;
    case "hold":
      return <HoldDialog service={action.service} onClose={onClose} />;
    case "resume":
      return <ResumeDialog service={action.service} onClose={onClose} />;
    case "approve":
      return <ApproveDialog service={action.service} onClose={onClose} />;
    case "accept":
      return <AcceptDialog report={action.report} paths={action.paths} onClose={onClose} />;
    case "mode":
      return action.mode === "act" ? <ActDialog onClose={onClose} /> : <AdviseDialog onClose={onClose} />;
  }
}
