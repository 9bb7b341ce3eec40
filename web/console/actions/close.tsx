// Closing: one person is enough. Says first what else would follow, and how many citizens an hour it concerns.
import type { JSX } from "preact";
import { place, post } from "../api.ts";
import { t } from "../messages.ts";
import { useAsked } from "../parts/ask.ts";
import { Problem } from "../parts/basics.tsx";
import { PreviewOf } from "../parts/preview.tsx";
import { shown } from "../shown.ts";
import { useNow } from "../store.ts";
import type { Preview } from "../types.ts";
import { nameOf } from "../words.ts";
import { ActionDialog } from "./form.tsx";

export function CloseDialog({ services, onClose }: { services: string[] | "all"; onClose: () => void }): JSX.Element {
  const now = useNow();
  const one = services !== "all" && services.length === 1 ? (services[0] ?? "") : "";
  const preview = useAsked<Preview>(one ? `${place("services", one)}/preview` : null);
  const count = services === "all" ? (now?.services.size ?? 0) : services.length;
  const title = one ? t("close.title", { service: nameOf(now?.services.get(one), one) }) : t("close.title_all", { n: count });
  return (
    <ActionDialog
      title={title}
      verb={one ? t("action.close") : t("close.verb_all", { n: count })}
      done={t("close.done")}
      grave
      onClose={onClose}
      act={(reason) => post("/close", services === "all" ? { all: true, reason } : { services, reason })}
    >
      <p>{t("close.what")}</p>
      {now?.snapshot.mode === "advise" && <p>{t("close.advise")}</p>}
      {one && preview.data && <PreviewOf preview={preview.data} service={one} />}
      {one && preview.error && <Problem error={preview.error} again={preview.again} />}
      {!one && services !== "all" && <p class="quiet">{services.map((each) => shown(each, 60)).join(", ")}</p>}
      <p>{t("close.way_back")}</p>
    </ActionDialog>
  );
}
