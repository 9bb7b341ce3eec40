#include "daemon/acceptance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "daemon/question.hpp"
#include "model/codec.hpp"

namespace kulla::daemon {
namespace {
constexpr std::size_t paths_most = 10'000, name_limit = 64;
using Paths = std::set<std::string, std::less<>>;

/// The paths at which all that was found is accepted; none: everywhere.
Result<std::optional<Paths>> chosen_in(const json::object& question) {
  if (const auto* all = question.if_contains("all"); all && *all == json::value(true)) return std::nullopt;
  const auto* value = question.if_contains("paths");
  const auto* paths = value ? value->if_array() : nullptr;
  if (!paths || paths->empty() || paths->size() > paths_most)
    return fail(Code::bad_argument, fmt::format("\"paths\": 1 to {} paths as the report has them, or \"all\": true", paths_most));
  Paths chosen;
  for (const auto& path : *paths) {
    if (!path.is_string()) return fail(Code::bad_argument, "\"paths\" holds texts");
    chosen.emplace(path.get_string());
  }
  return chosen;
}

/// What the report lists at these paths.
Result<std::vector<inspect::Finding>> findings_in(const json::object& report, const std::optional<Paths>& chosen) {
  const auto* listed = report.if_contains("listed");
  if (!listed || !listed->is_array()) return fail(Code::bad_json, "the report lists no findings");
  std::vector<inspect::Finding> findings;
  auto left = chosen.value_or(Paths{});
  for (const auto& each : listed->get_array()) {
    if (!each.is_object()) return fail(Code::bad_json, "the report lists something else than findings");
    const auto* path = each.get_object().if_contains("path");
    if (!path || !path->is_string()) return fail(Code::bad_json, "the report lists a finding without a path");
    if (chosen && !chosen->contains(std::string_view{path->get_string()})) continue;
    auto object = each.get_object();
    if (!object.contains("package")) object["package"] = "";
    KULLA_TRY(auto finding, codec::decode<inspect::Finding>(object));
    left.erase(finding.path);
    findings.push_back(std::move(finding));
  }
  if (!left.empty()) return fail(Code::bad_argument, fmt::format("{}: the report lists nothing there", left.begin()->substr(0, 400)));
  if (findings.empty()) return fail(Code::bad_argument, "the report lists no findings: there is nothing to accept");
  return findings;
}
}  // namespace

std::filesystem::path Acceptance::file_of(const SystemId& system) const { return config_.state / "acceptances" / system.str(); }

Result<inspect::PreparedAcceptance> Acceptance::prepare(const SystemId& system, const SystemPlace& place,
                                                        std::vector<inspect::Finding> findings) {
  auto options = place.inspection;
  options.stop = stop_.get_token();
  KULLA_TRY(options.yara, inspect::read_rule_files(place.yara));
  std::error_code error;
  std::filesystem::create_directories(config_.state / "acceptances", error);
  if (error) return fail(Code::io, fmt::format("{}: {}", (config_.state / "acceptances").string(), error.message()));
  inspect::Reviewed reviewed;
  reviewed.findings = std::move(findings);
  return inspect::prepare_acceptance(place.root, place.baseline, config_.trusted_baselines, reviewed, file_of(system), clock_, options);
}

Result<json::object> Acceptance::offer(const json::object& question, const std::string& report) {
  KULLA_TRY(auto name, text_of(question, "system"));
  const SystemId system{std::move(name)};
  const auto place = config_.systems.find(system);
  if (place == config_.systems.end()) return fail(Code::not_found, fmt::format("no system \"{}\"", system.str().substr(0, name_limit)));
  if (!place->second.host.empty())
    return fail(Code::refused,
                fmt::format("{} is inspected on {}: run 'kulla inspect accept' there, and put the new baseline in the place of {}",
                            system.str(), place->second.host, place->second.baseline.string()));
  KULLA_TRY(const auto hash_text, text_of(question, "report"));
  KULLA_TRY(const auto hash, digest_from_hex(hash_text));
  if (sha256(report) != hash) return fail(Code::refused, "the system was inspected again since: look at the newest report first");
  KULLA_TRY(const auto chosen, chosen_in(question));
  KULLA_TRY(const auto value, parse_json(report, report.size()));
  if (!value.is_object()) return fail(Code::bad_json, "the report is no JSON object");
  KULLA_TRY(auto findings, findings_in(value.get_object(), chosen));

  KULLA_TRY(const auto turn, this->turn());
  offered_.erase(system);  // its file is written anew
  KULLA_TRY(auto prepared, prepare(system, place->second, std::move(findings)));
  const auto& offered = (offered_[system] = {hash, std::move(prepared)}).prepared;
  json::array signers;
  for (const auto& key : config_.trusted_baselines) signers.emplace_back(to_hex(key));
  return json::object{{"text", inspect::baseline_to_sign(offered.body)}, {"system", system.str()},        {"report", hash_text},
                      {"findings", offered.accepted.findings},           {"left", offered.accepted.left}, {"signers", std::move(signers)}};
}

Result<std::unique_lock<std::mutex>> Acceptance::turn() {
  std::unique_lock turn{turn_, std::try_to_lock};
  if (!turn) return fail(Code::timed_out, "another acceptance is being prepared; ask again in a moment");
  return turn;
}

Result<Acceptance::Signed> Acceptance::take(const json::object& question, const PersonId& by) {
  KULLA_TRY(auto name, text_of(question, "system"));
  KULLA_TRY(const auto body_text, text_of(question, "sha256"));
  KULLA_TRY(const auto body, digest_from_hex(body_text));
  KULLA_TRY(const auto signer_text, text_of(question, "signer"));
  KULLA_TRY(const auto signer, public_key_from_hex(signer_text));
  KULLA_TRY(const auto signature_text, text_of(question, "signature"));
  KULLA_TRY(const auto signature, signature_from_hex(signature_text));
  const SystemId system{std::move(name)};
  const auto& trusted = config_.trusted_baselines;
  if (std::ranges::find(trusted, signer) == trusted.end())
    return fail(Code::refused, fmt::format("{} is no key that baselines are trusted by ([baselines] trust)", fingerprint(signer)));
  if (!verify(signer, canonical(inspect::baseline_to_sign(body)), signature))
    return fail(Code::bad_signature, "the signature is not over that text");
  KULLA_TRY(auto turn, this->turn());
  const auto found = offered_.find(system);
  if (found == offered_.end() || found->second.prepared.body != body)
    return fail(Code::refused, "this was not offered, or something else was since: ask for the text again");
  const auto& [report, prepared] = found->second;
  KULLA_TRY(const auto present, inspect::open_baseline(config_.systems.at(system).baseline, trusted));
  if (present->info() != prepared.base)
    return fail(Code::refused, "another baseline was put in place since this was offered: ask for the text again");
  const auto& accepted = prepared.accepted;
  return Signed{{system, report, body, signer, by, accepted.findings, accepted.left}, signature, std::move(turn)};
}

Result<> Acceptance::put(const Signed& handed_in) {
  const auto& accepted = handed_in.accepted;
  const auto file = file_of(accepted.system);
  const auto& place = config_.systems.at(accepted.system).baseline;
  if (auto sealed = inspect::seal_baseline(file, accepted.signer, handed_in.signature, place); !sealed)
    return std::unexpected(std::move(sealed).error().in("the new baseline is not in place"));
  offered_.erase(accepted.system);
  std::error_code ignored;
  std::filesystem::remove(file, ignored);
  return {};
}
}  // namespace kulla::daemon
