// Dark or light: as the system says, or as the person chose.
const remembered = "kulla.theme";
export type Theme = "auto" | "light" | "dark";
const themes: readonly Theme[] = ["auto", "light", "dark"];

export function theme(): Theme {
  try {
    return themes.find((each) => each === localStorage.getItem(remembered)) ?? "auto";
  } catch {
    return "auto";
  }
}

export function applyTheme(chosen: Theme = theme()): void {
  document.documentElement.dataset["theme"] = chosen;
}

export function setTheme(chosen: Theme): void {
  applyTheme(chosen);
  try {
    localStorage.setItem(remembered, chosen);
  } catch {
    return; // a browser that keeps nothing only forgets the choice
  }
}

export const isDark = (): boolean => theme() === "dark" || (theme() === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
