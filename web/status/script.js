// Three small helps; without this script every page says all that it has to say.
//   stale    says when the page is older than it should be, and when an update that it promises has not come
//   newer    says when something has changed since it was loaded
//   search   finds services as one types
"use strict";
(() => {
  const page = document.body.dataset;
  const own = Date.parse(page.time);
  const say = (text, ...values) => values.reduce((said, value) => said.replace("{}", value), text);

  // ---- stale, newer
  // Not Intl's: browsers have no Albanian.
  const ago = (milliseconds) => {
    const minutes = Math.round(milliseconds / 60000);
    if (minutes < 120) return say(page.minutesAgo, minutes);
    return minutes < 48 * 60 ? say(page.hoursAgo, Math.round(minutes / 60)) : say(page.daysAgo, Math.round(minutes / 1440));
  };
  const show = (id, text) => {
    const place = document.getElementById(id);
    if (place.hidden !== !text) place.hidden = !text;
    const line = place.querySelector("a") ?? place;
    if (text && line.textContent !== text) line.textContent = text;
  };
  let newest = own, patience = Number(page.pageStale);
  const judge = () => {
    const age = Date.now() - newest;
    show("stale", age > patience * 1000 ? say(page.staleText, ago(age)) : "");
    for (const line of document.querySelectorAll("[data-late]")) {
      const time = line.querySelector("time");
      if (time && Date.now() > Date.parse(time.dateTime)) line.textContent = line.dataset.late;
    }
  };
  // A service's page is written when something of it changes; time.json, whenever all was looked at.
  const look = async () => {
    try {
      const answer = await fetch(page.root + "time.json", { cache: "no-store" });
      if (answer.ok) {
        const told = await answer.json();
        newest = Math.max(own, Date.parse(told.time) || 0);
        patience = Number(page.siteStale);
        show("newer", Date.parse(told.changed) > own ? page.newerText : "");
      }
    } catch { /* no network: the page's own time counts */ }
    judge();
  };
  look();
  setInterval(look, 60000);

  // ---- search
  const input = document.getElementById("q"), list = document.getElementById("found"), count = document.getElementById("found-count");
  if (!input) return;
  const shown_most = 20;
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  let services;
  const load = async () => {
    const answer = await fetch(page.search);
    const index = await answer.json();
    return index.services.map(([id, name, institution, state, share]) => ({ id, name, institution, state, share, key: plain(`${name} ${id} ${institution}`) }));
  };
  const row = (service, words) => {
    const item = document.createElement("li"), shape = document.createElement("span"), link = document.createElement("a"), word = document.createElement("span");
    const [mark, text] = words[service.state];
    shape.className = "shape " + service.state;
    shape.setAttribute("aria-hidden", "true");
    shape.textContent = mark;
    link.href = page.home + "service/" + encodeURIComponent(service.id) + ".html";
    link.textContent = service.name;
    word.className = "word " + service.state;
    word.textContent = say(text, service.share);
    item.append(shape, link, " ", word);
    return item;
  };
  const search = async () => {
    const wanted = plain(input.value).split(/\s+/).filter(Boolean);
    if (wanted.length === 0) { list.replaceChildren(); count.textContent = ""; return; }
    services ??= load().catch(() => { services = undefined; return []; });
    const all = await services;
    const hits = all.filter((service) => wanted.every((part) => service.key.includes(part)));
    const words = JSON.parse(page.states);
    list.replaceChildren(...hits.slice(0, shown_most).map((service) => row(service, words)));
    count.textContent = say(hits.length === 1 ? page.foundOne : page.foundMany, hits.length) + (hits.length > shown_most ? ". " + page.foundMore : "");
  };
  input.form.addEventListener("submit", (event) => { event.preventDefault(); search(); });
  input.addEventListener("input", search);
  const asked = new URLSearchParams(location.search).get("q");
  if (asked) { input.value = asked; search(); }
})();
