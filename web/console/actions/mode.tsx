// The mode: towards act an operator says so; towards advise, where nothing closes by machine any more, an approver signs it.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { post } from "../api.ts";
import { t } from "../messages.ts";
import { useStore } from "../store.ts";
import { Problem } from "../parts/basics.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { isAskedFor } from "../sign.ts";
import type { Json } from "../types.ts";
import { ActionDialog } from "./form.tsx";
import { KeyPicker, SignedText, useSigner } from "./signing.tsx";

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

const members = ["kulla", "mode", "set_by", "person", "expires"];
type Text = { expires: string; [key: string]: Json };

export function AdviseDialog({ onClose }: { onClose: () => void }): JSX.Element {
  const [text, setText] = useState<Text | null>(null);
  const [error, setError] = useState<Error | null>(null);
  useEffect(() => {
    post<{ text: Text }>("/to-sign", { about: "mode" }).then((answer) => setText(answer.text), setError);
  }, []);
  if (text && isAskedFor(text, { kulla: "mode/2", mode: "advise" }, members)) return <SignAdvise text={text} onClose={onClose} />;
  return (
    <Dialog title={t("mode.to_advise")} onClose={onClose}>
      {error ? <Problem error={error} /> : <p>{text ? t("sign.other_text") : t("loading")}</p>}
    </Dialog>
  );
}

function SignAdvise({ text, onClose }: { text: Text; onClose: () => void }): JSX.Element {
  const person = useStore((each) => each.session?.person) ?? "";
  const [signer, setSigner] = useSigner();
  const mine = { ...text, person };
  const submit = async (): Promise<unknown> =>
    signer ? post("/mode", { mode: "advise", person, expires: text.expires, signature: await signer.sign(mine) }) : undefined;
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
      <SignedText text={mine} />
      <KeyPicker signer={signer} onSigner={setSigner} />
      <p class="quiet">
        {t("mode.cli")} <code>{`kulla mode advise --person ${person} --key ${person}.key`}</code>
      </p>
    </ActionDialog>
  );
}
