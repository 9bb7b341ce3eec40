// A dialog of the platform: it keeps the keyboard inside, closes with Escape, and gives the focus back.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { t } from "../messages.ts";

interface Props {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  /// Cannot be closed: what is behind it needs an answer first.
  firm?: boolean;
  wide?: boolean;
}

export function Dialog({ title, onClose, children, firm = false, wide = false }: Props): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    const shown = dialog.current;
    shown?.showModal();
    return () => {
      shown?.close();
      before?.focus?.();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class={wide ? "wide" : ""}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        if (!firm) onClose();
      }}
    >
      <header>
        <h2 id={heading}>{title}</h2>
        {!firm && (
          <button type="button" class="plain" onClick={onClose}>
            {t("close_dialog")}
          </button>
        )}
      </header>
      {children}
    </dialog>
  );
}
