#include "drill/officers.hpp"

#include <fmt/format.h>

#include "daemon/control.hpp"
#include "model/codec.hpp"

namespace kulla::drill {
namespace {
using daemon::ControlClient;

/// The offer's approval, filled in and signed.
Result<Approval> sign(const json::object& offer, const Officer& officer, std::chrono::seconds later) {
  const auto* offered = offer.if_contains("approval");
  if (!offered || !offered->is_object()) return fail(Code::bad_json, "the offer holds no approval");
  auto object = offered->get_object();
  object["person"] = officer.person.str();
  object["key"] = to_hex(officer.key.public_key());
  object["signature"] = to_hex(Signature{});
  KULLA_TRY(auto approval, codec::decode<Approval>(object));
  approval.expires -= later;
  approval.signature = officer.key.sign(signed_text(approval));
  return approval;
}
}  // namespace

Result<> Officers::close_all(const std::string& reason) const {
  KULLA_TRY(auto client, ControlClient::connect(control_));
  KULLA_CHECK(client.ask({{"command", "close"}, {"services", json::array{}}, {"all", true}, {"reason", reason}}));
  return {};
}

Result<> Officers::verify(const std::vector<std::string>& services) const {
  KULLA_TRY(auto client, ControlClient::connect(control_));
  json::array names;
  for (const auto& service : services) names.emplace_back(service);
  KULLA_CHECK(client.ask({{"command", "verify"}, {"services", std::move(names)}}));
  return {};
}

Result<Inspection> Officers::report(std::size_t system, const std::string& id) const {
  KULLA_TRY(auto client, ControlClient::connect(control_));
  KULLA_TRY(const auto answers, client.ask({{"command", "report"}, {"system", id}}));
  if (answers.empty()) return fail(Code::not_found, fmt::format("no report of {}", id));
  Inspection inspection{system, false, {}};
  const auto *clean = answers.front().if_contains("clean"), *listed = answers.front().if_contains("listed");
  if (!clean || !clean->is_bool() || !listed || !listed->is_array()) return fail(Code::bad_json, fmt::format("the report of {}", id));
  inspection.clean = clean->get_bool();
  for (const auto& finding : listed->get_array())
    if (const auto* object = finding.if_object(); object && object->contains("path") && object->at("path").is_string())
      inspection.paths.emplace(object->at("path").get_string());
  return inspection;
}

Result<> Officers::approve(const std::string& service, std::size_t officer, std::chrono::seconds later) const {
  KULLA_TRY(auto client, ControlClient::connect(control_));
  KULLA_TRY(const auto offers, client.ask({{"command", "offer"}, {"service", service}}));
  if (offers.empty()) return fail(Code::refused, fmt::format("nothing was offered for {}", service));
  KULLA_TRY(const auto approval, sign(offers.front(), officers_.at(officer), later));
  KULLA_CHECK(client.ask({{"command", "submit"}, {"approval", codec::encode(approval)}}));
  return {};
}

Result<std::string> Officers::state(const std::string& service) const {
  KULLA_TRY(auto client, ControlClient::connect(control_));
  KULLA_TRY(const auto lines, client.ask({{"command", "status"}}));
  for (const auto& line : lines)
    if (const auto* name = line.if_contains("service"); name && name->is_string() && name->get_string() == service)
      if (const auto* state = line.if_contains("state"); state && state->is_string()) return std::string(state->get_string());
  return fail(Code::not_found, service);
}
}  // namespace kulla::drill
