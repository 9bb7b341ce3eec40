// What was done or went wrong a moment ago, said to everyone who uses the page, by sight or by ear.
import type { JSX } from "preact";
import { t } from "../messages.ts";
import { dismiss, useStore } from "../store.ts";

export function Notices(): JSX.Element {
  const notices = useStore((each) => each.notices);
  return (
    <div class="notices" role="status">
      {notices.map((notice) => (
        <p key={notice.id} class={notice.kind}>
          {notice.text}{" "}
          <button type="button" class="plain" onClick={() => dismiss(notice.id)}>
            {t("dismiss")}
          </button>
        </p>
      ))}
    </div>
  );
}
