// The console's beginning: asks whether somebody is signed in, then shows the page that the address names.
import { render } from "preact";
import { App } from "./app.tsx";
import { begin } from "./session.ts";
import "./styles/console.css";
import { applyTheme } from "./theme.ts";

applyTheme();
const root = document.getElementById("app");
if (root) render(<App />, root);
void begin();
