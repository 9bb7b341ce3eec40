#include "drill/report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/file.hpp"
#include "base/shown_text.hpp"
#include "drill/chart.hpp"

namespace kulla::drill {
namespace {
constexpr int wide = 1080, narrow = 328;

constexpr std::string_view style = R"(
:root{color-scheme:light dark;--back:#fff;--text:#1d2126;--soft:#5b6570;--rule:#d5dae0;--bad:#b3261e;--good:#1f7a3f;--box:#f4f6f8;
--open:#cfe6d6;--guarded:#f2d993;--closed:#e2928b;--verifying:#d7cdee;--verified:#b5cdf3;--trial:#a9dde0;--on:#15191d;--line:#3a4450}
@media(prefers-color-scheme:dark){:root{--back:#14171a;--text:#e4e8ec;--soft:#9aa5b0;--rule:#343b43;--bad:#ff8a80;--good:#7fd39b;--box:#1c2126;
--open:#24503a;--guarded:#6b5417;--closed:#84322c;--verifying:#4c3f74;--verified:#2c4d82;--trial:#1f5f65;--on:#f1f4f7;--line:#b9c3cd}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1128px;padding:1.5rem 1rem 3rem;background:var(--back);color:var(--text);font:16px/1.5 system-ui,sans-serif;font-variant-numeric:tabular-nums}
h1{font-size:1.5rem;line-height:1.3;margin:0 0 .25rem}h2{font-size:1.1rem;margin:2.2rem 0 .6rem}
p{margin:.4rem 0}.soft{color:var(--soft)}.bad{color:var(--bad);font-weight:600}.good{color:var(--good);font-weight:600}
.figures{display:grid;grid-template-columns:repeat(3,1fr);gap:1px;background:var(--rule);border:1px solid var(--rule);margin:1.2rem 0}
.figures div{background:var(--back);padding:.7rem .9rem}.figures b{display:block;font-size:1.6rem;line-height:1.25;font-weight:600}
.figures span{display:block}.figures small{color:var(--soft);display:block;margin-top:.25rem}
svg.chart{display:block;max-width:100%;height:auto}.narrow{display:none}
@media(max-width:700px){.wide{display:none}.narrow{display:block}.figures{grid-template-columns:1fr 1fr}.figures b{font-size:1.3rem}}
svg text{font:13px system-ui,sans-serif;fill:var(--text)}svg .note,svg .axis{font-size:12px;fill:var(--soft)}svg .state{font-size:12px;fill:var(--on)}
svg .rule{stroke:var(--rule)}svg .begin{stroke:var(--bad);stroke-dasharray:3 3}
svg .attempt{fill:none;stroke:var(--soft)}svg .effect{fill:var(--bad)}
svg .close{stroke:var(--bad);stroke-width:2}svg .guard{stroke:#c08a1e;stroke-width:2}svg .verify{stroke:#4f7fd1;stroke-width:2}svg .reopen{stroke:var(--good);stroke-width:2}
svg .trial-tick{stroke:#2c9aa3;stroke-width:2}svg .bracket{fill:none;stroke:var(--line);stroke-width:1.5}
svg .clean{fill:var(--good)}svg .unclean{fill:var(--back);stroke:var(--bad);stroke-width:1.5}svg .proof{fill:var(--good)}svg .unproved{fill:var(--bad)}svg .approval{fill:var(--text)}
.s-open{fill:var(--open)}.s-guarded{fill:var(--guarded)}.s-closed{fill:var(--closed)}.s-verifying{fill:var(--verifying)}.s-verified{fill:var(--verified)}.s-trial{fill:var(--trial)}
.legend{color:var(--soft);font-size:.85rem;margin:.6rem 0 0}
table{border-collapse:collapse;width:100%}td{border-top:1px solid var(--rule);padding:.45rem .6rem .45rem 0;vertical-align:top}td.v{white-space:nowrap}
td small{color:var(--soft);display:block}
pre{background:var(--box);padding:.7rem .9rem;overflow-x:auto;font-size:.85rem}code{overflow-wrap:anywhere;font-size:.85rem}
details{margin:.6rem 0}summary{cursor:pointer}.log td{font-size:.85rem;padding:.2rem .6rem .2rem 0}
@media print{details{display:none}}
)";

struct Figure {
  std::string value, what, then;
};

std::string time_text(double ms) {
  if (ms < 0) return "never";
  if (ms < 1000) return fmt::format("{:.1f} ms", ms);
  return ms < 120'000 ? fmt::format("{:.1f} s", ms / 1000) : fmt::format("{:.1f} min", ms / 60'000);
}

std::vector<Figure> six_figures(const Figures& f) {
  return {{time_text(f.harm_to_refused_ms), "from harm done to the first client refused",
           fmt::format("July 2022: {} h from discovery to the cut", hours_to_cut_2022)},
          {time_text(f.closed_for_ms), "longest closing until open again, people played",
           fmt::format("July 2022: {} days from the cut to reopening", days_to_reopening_2022)},
          {fmt::format("{} of {}", f.closed, f.services), "services closed", "July 2022: the whole portal"},
          {fmt::format("{} of {}", f.bystander_refused, f.citizen_requests), "citizens' requests to open services refused",
           "July 2022: not published"},
          {fmt::format("{}", f.leaked_requests + f.leaked_bytes), "requests and bytes served after a closing", "July 2022: not published"},
          {fmt::format("{} of {}", f.reopened - std::min(f.reopened, f.reopen_without_approval), f.reopened),
           "reopened with proof and two signatures", "July 2022: not published"}};
}

std::string figures_html(const Figures& f) {
  std::string text = "<div class=\"figures\">";
  for (const auto& [value, what, then] : six_figures(f))
    text +=
        fmt::format("<div><b>{}</b><span>{}</span><small>{}</small></div>", escape_markup(value), escape_markup(what), escape_markup(then));
  return text + "</div>\n";
}

std::string checks_html(const Score& score) {
  std::string text = "<h2>Checks</h2>\n<table>";
  for (const auto& check : score.checks)
    text += fmt::format("<tr><td class=\"v {}\">{}</td><td>{}<small>{}</small></td><td>{}</td></tr>\n", check.passed ? "good" : "bad",
                        check.passed ? "✓ pass" : "✗ FAIL", escape_markup(check.name), escape_markup(check.wanted),
                        escape_markup(check.evidence));
  return text + "</table>\n";
}

// Lines of the drill itself name the gate's address on this machine; they stay out.
std::string log_html(const ReportInput& input) {
  std::string text = "<details><summary>Every step in words</summary><table class=\"log\">";
  for (const auto& told : input.told) {
    if (told.lane == Lane::drill) continue;
    text += fmt::format("<tr><td class=\"v\">{:+.3f} s</td><td class=\"v\">{}</td><td>{}</td></tr>\n",
                        std::chrono::duration<double>(told.at - input.observed.attack_began).count(), name_of(told.lane),
                        escape_markup(told.what));
  }
  return text + "</table></details>\n";
}

std::string ledger_html(const Observed& observed) {
  return fmt::format("<h2>Ledger</h2>\n<p>{} facts, {}; head <code>{}</code></p>\n", observed.ledger.facts,
                     observed.ledger.ok ? "<span class=\"good\">verified</span>" : "<span class=\"bad\">not verified</span>",
                     to_hex(observed.ledger.head.hash));
}
}  // namespace

std::string render_report(const ReportInput& input) {
  const auto& [observed, score, told, command_line] = input;
  std::string page = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width,initial-scale=1\">"
      "<title>kulla drill: {}</title><style>{}</style></head><body>\n",
      score.passed() ? "passed" : "failed", style);
  page += fmt::format("<p class=\"soft\">kulla drill · {} · {} services on {} systems</p>\n<h1 class=\"{}\">{}</h1>\n",
                      to_rfc3339(observed.attack_began).substr(0, 19) + "Z", observed.plan.services.size(),
                      observed.plan.systems.size() + 1, score.passed() ? "" : "bad", escape_markup(sentence_of(score)));
  page += figures_html(score.figures);
  page += "<h2>Timeline</h2>\n";
  page +=
      "<div class=\"wide\">" + chart(observed, score, wide) + "</div><div class=\"narrow\">" + chart(observed, score, narrow) + "</div>\n";
  page +=
      "<p class=\"legend\">Attack: ○ attempt, filled: harm on disk. Outside: brackets from the last good to the first bad answer. Way "
      "back: ◇ inspection (filled: clean), bar: backup proved, dot: signature. "
      "Services: ● open ◐ guarded ■ closed ◇ verifying ◆ verified ◔ trial. Seconds since the attack began.</p>\n";
  page += checks_html(score);
  page += ledger_html(observed);
  page += log_html(input);
  page += fmt::format(
      "<h2>Again</h2>\n<pre>{}\nkulla drill --help</pre>\n<p class=\"soft\">All of it ran on one machine: real servers, gate, daemon, "
      "vantage and backups; only the people were played, and the attacker's commands were harmless.</p>\n</body></html>\n",
      escape_markup(command_line));
  return page;
}

Result<> write_report(const std::filesystem::path& folder, const ReportInput& input) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(Code::io, fmt::format("{}: {}", folder.string(), error.message()));
  return write_file_atomic(folder / "index.html", render_report(input));
}
}  // namespace kulla::drill
