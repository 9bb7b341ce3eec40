// The mode: towards act an operator says so; towards advise, where nothing closes by machine any more, an approver signs it.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { post } from "../api.ts";
import { t } from "../messages.ts";
import { useStore } from "../store.ts";
import { expiresIn } from "../sign.ts";
import { serverNow } from "../time.ts";
import { ActionDialog } from "./form.tsx";
import { KeyPicker, SignedText, useSigner } from "./signing.tsx";

const minutes = 5; // as long as the CLI's

export function ActDialog({ onClose }: { onClose: () => void }): JSX.Element {
  return (
    <ActionDialog
      title={t("mode.to_act")}
      verb={t("mode.act_verb")}
      done={t("mode.done")}
      reason={false}
      grave
      onClose={onClose}
      act={() => post("/mode", { mode: "act" })}
    >
      <p>{t("mode.act_what")}</p>
      <p>{t("mode.act_back")}</p>
    </ActionDialog>
  );
}

export function AdviseDialog({ onClose }: { onClose: () => void }): JSX.Element {
  const person = useStore((each) => each.session?.person) ?? "";
  const [signer, setSigner] = useSigner();
  const [expires] = useState(() => expiresIn(serverNow(), minutes));
  const text = { kulla: "mode/1", mode: "advise", person, expires };
  const submit = async (): Promise<unknown> =>
    signer ? post("/mode", { mode: "advise", person, expires, signature: await signer.sign(text) }) : undefined;
  return (
    <ActionDialog
      title={t("mode.to_advise")}
      verb={t("mode.advise_verb")}
      done={t("mode.done")}
      reason={false}
      wide
      ready={signer !== null}
      onClose={onClose}
      act={submit}
    >
      <p>{t("mode.advise_what")}</p>
      <SignedText text={text} />
      <KeyPicker signer={signer} onSigner={setSigner} />
      <p class="quiet">
        {t("mode.cli")} <code>{`kulla mode advise --person ${person} --key ${person}.key`}</code>
      </p>
    </ActionDialog>
  );
}
