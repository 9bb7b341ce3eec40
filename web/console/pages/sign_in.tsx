// Signing in: a name and a password with a code, or by the institution's own sign-in where that is configured.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { address, ApiError, get, signIn } from "../api.ts";
import { enter, rememberPlace, turnedAway } from "../session.ts";
import { has, t, tOf } from "../messages.ts";
import { LanguageSwitch } from "../parts/header.tsx";
import { problemText } from "../parts/basics.tsx";
import { read } from "../store.ts";
import type { SignInWays } from "../types.ts";

export function SignIn({ again = false }: { again?: boolean }): JSX.Element {
  const [ways, setWays] = useState<SignInWays>({ methods: ["password"] });
  const [problem, setProblem] = useState(() => {
    const why = turnedAway(); // a link may say anything there: only what the server says is shown
    return has(`sign_in.away.${why}`) ? tOf("sign_in.away", why) : "";
  });
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const person = again ? (read().session?.person ?? "") : "";
  useEffect(() => {
    get<SignInWays>("/sign-in").then(setWays, () => undefined);
    form.current?.querySelector<HTMLInputElement>(person ? "[name=password]" : "[name=person]")?.focus();
  }, []);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const typed = new FormData(event.currentTarget as HTMLFormElement);
    const field = (name: string): string => String(typed.get(name) ?? "").trim();
    setBusy(true);
    try {
      enter(await signIn(field("person"), String(typed.get("password") ?? ""), field("code")));
    } catch (error) {
      setProblem(error instanceof ApiError && error.status === 401 ? t("sign_in.wrong") : problemText(error as Error));
      setBusy(false);
    }
  };
  return (
    <form ref={form} class="form sign-in" onSubmit={(event) => void submit(event)}>
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <label>
        {t("sign_in.person")}
        <input
          name="person"
          autocomplete="username"
          required
          maxLength={64}
          defaultValue={person}
          autocapitalize="none"
          spellcheck={false}
        />
      </label>
      <label>
        {t("sign_in.password")}
        <input name="password" type="password" autocomplete="current-password" required maxLength={500} />
      </label>
      <label>
        {t("sign_in.code")}
        <input name="code" inputMode="numeric" autocomplete="one-time-code" pattern="[0-9 ]*" maxLength={10} class="num" />
      </label>
      <div class="buttons">
        <button type="submit" disabled={busy}>
          {t("sign_in.enter")}
        </button>
        {ways.methods.includes("oidc") && (
          <a class="button" href={address("/session/oidc/start")} onClick={rememberPlace}>
            {t("sign_in.oidc")}
          </a>
        )}
      </div>
      {!again && <LanguageSwitch />}
    </form>
  );
}
