#include <fmt/format.h>

#include <algorithm>

#include "base/canonical_json.hpp"
#include "base/path_text.hpp"
#include "inspect/inspect.hpp"
#include "model/codec.hpp"

namespace kulla::inspect {
namespace {
constexpr std::size_t stored_findings = 10'000;  // worst first; more would not be read by anyone
constexpr std::size_t worst_limit = 300;         // one line of a ledger and of a screen

std::string text_of(const Report& report, const Baseline& baseline, const std::vector<Finding>& findings) {
  json::array listed;
  for (const auto& finding : findings) {
    if (listed.size() == stored_findings) break;
    listed.push_back(codec::encode(finding));
  }
  return canonical(json::object{{"kulla", "report/1"},
                                {"system", report.system.str()},
                                {"clean", report.clean},
                                {"files", report.files},
                                {"findings", report.findings},
                                {"listed", std::move(listed)},
                                {"baseline", json::object{{"taken", to_rfc3339(baseline.taken)}, {"signer", to_hex(baseline.signer)}}},
                                {"started", codec::encode(report.started)},
                                {"finished", codec::encode(report.finished)}});
}

std::string worst_of(const std::vector<Finding>& findings) {
  return findings.empty()
             ? std::string{}
             : cut_text(fmt::format("{}: {}", cut_text(findings.front().path, worst_limit / 2), findings.front().why), worst_limit);
}
}  // namespace

Result<Outcome> check(const SystemId& system, const std::filesystem::path& root, const std::filesystem::path& baseline,
                      const std::vector<PublicKey>& trusted, const Clock& clock, const std::function<void(std::int64_t)>& progress) {
  const auto started = clock.now();
  KULLA_TRY(const auto expected, read_baseline(baseline, trusted));
  if (expected.system != system)
    return fail(Code::baseline_untrusted, fmt::format("{}: of system '{}', not '{}'", baseline.string(), escape_path(expected.system.str()),
                                                      escape_path(system.str())));
  KULLA_TRY(const auto now, scan(root, progress));
  Outcome outcome;
  outcome.findings = compare(expected, now);
  auto& report = outcome.report;
  report.system = system;
  report.clean = outcome.findings.empty();
  report.files = std::ranges::count_if(now.tree, [](const auto& item) { return item.second.type == FileType::regular; });
  report.findings = std::ssize(outcome.findings);
  report.worst = worst_of(outcome.findings);
  report.started = started;
  report.finished = clock.now();
  outcome.report_text = text_of(report, expected, outcome.findings);
  report.hash = sha256(outcome.report_text);
  return outcome;
}
}  // namespace kulla::inspect
