// What every action's dialog has: what will happen, a reason where one is kept, the one button, and the answer of the daemon.
import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { t } from "../messages.ts";
import { problemText } from "../parts/basics.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { notify } from "../store.ts";

export const reasonLimit = 500; // of the daemon

interface Props {
  title: string;
  verb: string;
  done: string;
  onClose: () => void;
  /// Says to the daemon what is asked; a rejection is shown and the dialog stays.
  act: (reason: string) => Promise<unknown>;
  children: ComponentChildren;
  reason?: boolean;
  ready?: boolean;
  wide?: boolean;
  grave?: boolean;
}

export function ActionDialog(props: Props): JSX.Element {
  const { title, verb, done, onClose, act, children, reason = true, ready = true, wide = false, grave = false } = props;
  const [why, setWhy] = useState("");
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem("");
    try {
      await act(why.trim());
      notify("done", done);
      onClose();
    } catch (error) {
      setProblem(problemText(error as Error));
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose} wide={wide}>
      <form class="form" onSubmit={(event) => void submit(event)}>
        {children}
        {reason && (
          <label>
            {t("reason")}
            <textarea required maxLength={reasonLimit} rows={2} value={why} onInput={(event) => setWhy(event.currentTarget.value)} />
          </label>
        )}
        {problem && (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
        <div class="buttons">
          <button type="submit" class={grave ? "grave" : ""} disabled={busy || !ready || (reason && why.trim() === "")}>
            {verb}
          </button>
          <button type="button" class="plain" onClick={onClose}>
            {t("cancel")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
