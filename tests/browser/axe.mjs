// What axe-core finds on a page, in lines.
import { axeSource } from "./browser.mjs";

export async function axe(opened) {
  await opened.evaluate(axeSource);
  const { violations } = await opened.evaluate(() =>
    window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }),
  );
  return violations.map(
    (each) =>
      `${each.id}: ${each.help}: ${each.nodes
        .slice(0, 3)
        .map((node) => node.html.slice(0, 160))
        .join(" | ")}`,
  );
}
