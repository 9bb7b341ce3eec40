#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/canonical_json.hpp"
#include "base/path_text.hpp"
#include "inspect/comparison.hpp"
#include "inspect/helper.hpp"
#include "inspect/machine.hpp"
#include "inspect/packages.hpp"
#include "model/codec.hpp"

namespace kulla::inspect {
namespace {
constexpr std::size_t stored_findings = 10'000;  // worst first; more would not be read by anyone
constexpr std::size_t worst_limit = 300;         // one line of a ledger and of a screen

json::object to_json(const Finding& finding) {
  auto object = codec::encode(finding).as_object();
  if (finding.package.empty()) object.erase("package");
  return object;
}

std::string text_of(const Outcome& outcome, const Comparison& comparison, const Options& options) {
  json::array listed;
  for (const auto& finding : outcome.findings) {
    if (listed.size() == stored_findings) break;
    listed.push_back(to_json(finding));
  }
  const auto& report = outcome.report;
  return canonical(
      json::object{{"kulla", "report/2"},
                   {"system", report.system.str()},
                   {"clean", report.clean},
                   {"files", report.files},
                   {"contents_not_read", outcome.not_read},
                   {"mounts_not_looked_into", comparison.left_out},
                   {"offline", options.offline},
                   {"findings", report.findings},
                   {"findings_dropped", comparison.dropped},
                   {"not_wholly_looked_into", comparison.incomplete},
                   {"listed", std::move(listed)},
                   {"rules", to_hex(sha256(options.rules.text()))},
                   {"baseline", json::object{{"taken", to_rfc3339(outcome.baseline.taken)}, {"signer", to_hex(outcome.baseline.signer)}}},
                   {"started", codec::encode(report.started)},
                   {"finished", codec::encode(report.finished)}});
}

bool is_live(const std::filesystem::path& root, bool offline) {
  std::error_code error;
  return !offline && std::filesystem::equivalent(root, "/", error);
}
void sort_worst_first(std::vector<Finding>& findings) {
  std::ranges::stable_sort(findings, [](const Finding& a, const Finding& b) {
    return std::tie(b.severity, a.path, a.kind) < std::tie(a.severity, b.path, b.kind);
  });
}
}  // namespace

std::string worst_of(const std::vector<Finding>& findings) {
  return findings.empty()
             ? std::string{}
             : cut_text(fmt::format("{}: {}", cut_text(findings.front().path, worst_limit / 2), findings.front().why), worst_limit);
}

void keep_comparable(Facts& facts, bool live) {
  const auto of_kernel = [](const auto& fact) {
    return fact.first.starts_with("module/") || fact.first.starts_with("listen/") || fact.first.starts_with("mount/");
  };
  if (!live) std::erase_if(facts, of_kernel);
}

Result<Comparison> compare(const std::filesystem::path& root, Baseline& baseline, const Options& options,
                           const std::function<void(const Pair&)>& differing) {
  Comparison comparison{.baseline = baseline.info(), .findings = {}, .facts = {}};
  std::unique_ptr<Examiners> examiners;
  if (options.malware) {
    KULLA_TRY(examiners, Examiners::start(options.yara));
  } else {
    examiners = Examiners::without_rules();
  }
  const auto unpack = [&examiners](int file, std::int64_t beginning, std::int64_t most) {
    return examiners->unpack(file, beginning, most);
  };
  Judge judge{options.rules, {options.change_times, root, unpack}};
  SurveyOptions how{.quick = options.quick, .taken = baseline.info().taken};
  how.examine_all = options.full, how.progress = options.progress, how.read = options.read, how.stop = options.stop;
  if (options.malware) how.examine = [&examiners](int file) { return examiners->examine(file); };
  KULLA_CHECK(survey(
      root, [&] { return baseline.next(); }, how,
      [&](Pair&& pair) -> Result<> {
        if (judge.look_at(pair) && differing) differing(pair);
        return {};
      }));
  KULLA_TRY(auto before, baseline.facts());
  if (comparison.baseline.machine) {
    const bool live = comparison.baseline.live && is_live(root, options.offline);
    auto machine = facts_of(root, live);
    keep_comparable(before, live);
    judge.compare_facts(before, machine.facts);
    for (const auto& [what, why] : machine.unreadable) judge.cannot_ask(what, why);
    comparison.facts = std::move(machine.facts);
  }
  comparison.findings = judge.finish();
  if (comparison.baseline.machine && !options.offline) {
    explain_by_packages(root, before, comparison.facts, judge.packages_of_removed(), comparison.findings);
    sort_worst_first(comparison.findings);
  }
  comparison.files = judge.files(), comparison.not_read = judge.not_read(), comparison.dropped = judge.dropped();
  comparison.incomplete = judge.incomplete(), comparison.left_out = judge.left_out();
  return comparison;
}

Result<std::unique_ptr<Baseline>> open_baseline(const std::filesystem::path& file, const std::vector<PublicKey>& trusted) {
  Descriptor opened{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (!opened) return fail_errno(file.string());
  auto baseline = read_baseline_aside(opened, trusted);
  if (!baseline) return std::unexpected(std::move(baseline).error().in(file.string()));
  return baseline;
}

BaselineInfo info_for(const SystemId& system, const std::filesystem::path& root, const Clock& clock, const Options& options) {
  const bool machine = is_machine(root);
  return {system, clock.now().wall, machine, machine && is_live(root, options.offline), {}};
}

Result<std::vector<Finding>> record(const std::filesystem::path& root, const BaselineInfo& info, BaselineWriter& writer,
                                    const Options& options) {
  Judge judge{options.rules, {}};
  SurveyOptions how;
  how.progress = options.progress, how.read = options.read, how.stop = options.stop;
  PathOwners owners;
  if (info.machine)
    if (const auto packages = Packages::open(root)) owners = packages->all_owners();
  KULLA_CHECK(survey(root, {}, how, [&](Pair&& pair) -> Result<> {
    if (pair.now) pair.now->package = owners.of(pair.path);
    if (!pair.problem.empty()) judge.look_at({.path = pair.path, .problem = pair.problem});
    return pair.now ? writer.add({std::move(pair.path), std::move(*pair.now)}) : Result<>{};
  }));
  if (info.machine) {
    const auto asked = facts_of(root, info.live);
    KULLA_CHECK(writer.add(asked.facts));
    for (const auto& [what, why] : asked.unreadable) judge.cannot_ask(what, why);
  }
  return judge.finish();
}

Result<Taken> take_baseline(const SystemId& system, const std::filesystem::path& root, const std::filesystem::path& file,
                            const SecretKey& key, const Clock& clock, const Options& options) {
  Taken taken{info_for(system, root, clock, options), 0, {}};
  KULLA_TRY(auto writer, BaselineWriter::create(file, taken.info));
  KULLA_TRY(taken.unreadable, record(root, taken.info, writer, options));
  KULLA_CHECK(writer.seal(key));
  taken.info.signer = key.public_key();
  taken.things = writer.things();
  return taken;
}

Result<Outcome> check(const SystemId& system, const std::filesystem::path& root, const std::filesystem::path& baseline,
                      const std::vector<PublicKey>& trusted, const Clock& clock, const Options& options) {
  const auto started = clock.now();
  KULLA_TRY(const auto expected, open_baseline(baseline, trusted));
  const auto& info = expected->info();
  if (!system.empty() && info.system != system)
    return fail(Code::baseline_untrusted,
                fmt::format("{}: of system '{}', not '{}'", baseline.string(), escape_path(info.system.str()), escape_path(system.str())));
  auto compared = compare(root, *expected, options);
  if (!compared) return std::unexpected(std::move(compared).error().in(baseline.string()));
  Outcome outcome;
  outcome.findings = std::move(compared->findings);
  outcome.baseline = compared->baseline;
  outcome.not_read = compared->not_read, outcome.left_out = compared->left_out;
  auto& report = outcome.report;
  report.system = info.system;
  report.clean = outcome.findings.empty();
  report.files = compared->files;
  report.findings = std::ssize(outcome.findings) + compared->dropped;
  report.worst = worst_of(outcome.findings);
  report.baseline = info.taken;
  report.started = started;
  report.finished = clock.now();
  outcome.report_text = text_of(outcome, *compared, options);
  report.hash = sha256(outcome.report_text);
  return outcome;
}

Result<std::vector<Finding>> diff(const std::filesystem::path& before, const std::filesystem::path& after,
                                  const std::vector<PublicKey>& trusted, const Rules& rules) {
  KULLA_TRY(const auto was, open_baseline(before, trusted));
  KULLA_TRY(const auto is, open_baseline(after, trusted));
  Judge judge{rules, {}};
  KULLA_CHECK(pair_up([&] { return was->next(); }, [&] { return is->next(); },
                      [&](Pair&& pair) -> Result<> {
                        judge.look_at(pair);
                        return {};
                      }));
  KULLA_TRY(auto facts_before, was->facts());
  KULLA_TRY(auto facts_after, is->facts());
  for (auto* facts : {&facts_before, &facts_after}) keep_comparable(*facts, was->info().live && is->info().live);
  judge.compare_facts(facts_before, facts_after);
  return judge.finish();
}

Result<std::vector<Finding>> look_for_malware(const std::filesystem::path& root, const Options& options) {
  Judge judge{options.rules, {}};
  KULLA_TRY(const auto examiners, Examiners::start(options.yara));
  SurveyOptions how;
  how.examine_all = true, how.progress = options.progress, how.read = options.read, how.stop = options.stop;
  how.examine = [&examiners](int file) { return examiners->examine(file); };
  // Beside itself: nothing differs, and what is found was there.
  KULLA_CHECK(survey(root, {}, how, [&](Pair&& pair) -> Result<> {
    pair.before = pair.now;
    judge.look_at(pair);
    return {};
  }));
  return judge.finish();
}
}  // namespace kulla::inspect
