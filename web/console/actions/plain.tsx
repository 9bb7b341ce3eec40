// Actions that open nothing and need no key: verify, withdraw (asks for the inspection; two people sign later), hold.
import type { JSX } from "preact";
import { post } from "../api.ts";
import { t } from "../messages.ts";
import { shown } from "../shown.ts";
import { useNow } from "../store.ts";
import { nameOf } from "../words.ts";
import { ActionDialog } from "./form.tsx";

export function VerifyDialog({ services, onClose }: { services: string[]; onClose: () => void }): JSX.Element {
  const now = useNow();
  const rows = services.map((id) => now?.services.get(id));
  const systems = new Set(rows.flatMap((row) => row?.systems ?? []));
  const datasets = new Set(rows.flatMap((row) => row?.datasets ?? []));
  return (
    <ActionDialog
      title={t("verify.title", { service: services.map((id) => nameOf(now?.services.get(id), id)).join(", ") })}
      verb={t("action.verify")}
      done={t("verify.done")}
      reason={false}
      onClose={onClose}
      act={() => post("/verify", { services })}
    >
      <p>{t("verify.systems", { n: systems.size, names: [...systems].map((each) => shown(each, 60)).join(", ") })}</p>
      <p>
        {datasets.size
          ? t("verify.datasets", { n: datasets.size, names: [...datasets].map((each) => shown(each, 60)).join(", ") })
          : t("verify.no_datasets")}
      </p>
      <p>{t("verify.then")}</p>
    </ActionDialog>
  );
}

export function WithdrawDialog({ service, closure, onClose }: { service: string; closure: string; onClose: () => void }): JSX.Element {
  const now = useNow();
  return (
    <ActionDialog
      title={t("withdraw.title", { service: nameOf(now?.services.get(service), service) })}
      verb={t("action.withdraw")}
      done={t("withdraw.done")}
      onClose={onClose}
      act={(reason) => post("/withdraw", { closure, reason })}
    >
      <p>{t("withdraw.what", { closure })}</p>
      <p>{t("withdraw.then")}</p>
    </ActionDialog>
  );
}

export function HoldDialog({ service, onClose }: { service: string; onClose: () => void }): JSX.Element {
  const row = useNow()?.services.get(service);
  return (
    <ActionDialog
      title={t("hold.title", { service: nameOf(row, service) })}
      verb={t("action.hold")}
      done={t("hold.done")}
      onClose={onClose}
      act={(reason) => post("/hold", { service, reason })}
    >
      <p>{t("hold.what", { share: row?.share ?? 0 })}</p>
      <p>{t("hold.then")}</p>
    </ActionDialog>
  );
}
