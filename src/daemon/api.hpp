// What the console's server serves: the read side by the view, what changes something by the commands of the control socket.
// Whoever is signed in as "anna" is recorded as "console:anna": no name in the config and no peer of the control socket is written so, and
// an approver's own name stands only where the approver's key has signed.
#pragma once
#include <filesystem>
#include <functional>
#include <string>

#include "daemon/acceptance.hpp"
#include "daemon/addresses.hpp"
#include "daemon/commands.hpp"
#include "daemon/view.hpp"
#include "serve/backend.hpp"

namespace kulla::daemon {

[[nodiscard]] PersonId person_at_console(const PersonId& account);

/// What the API needs besides; all of it outlives it.
struct ApiParts {
  View& view;
  Commands& commands;
  Core& core;
  Addresses& addresses;
  Acceptance& acceptance;
  std::filesystem::path evidence;                   ///< the folder
  std::function<json::object()> health;             ///< as `kulla status` has it
  std::function<std::chrono::milliseconds()> still; ///< since the core last turned
  /// As Journal::becomes_durable.
  std::function<bool(std::uint64_t number, std::chrono::milliseconds patience)> becomes_durable;
};

class Api final : public serve::Backend {
 public:
  using Text = std::shared_ptr<const std::string>;
  explicit Api(ApiParts parts) : parts_(std::move(parts)) {}
  [[nodiscard]] Result<Text> answer(serve::Endpoint endpoint, const serve::Call& call) override;
  [[nodiscard]] std::shared_ptr<serve::Subscription> subscribe(std::uint64_t from) override { return parts_.view.subscribe(from); }
  void record(const serve::Happening& happening) override;
  [[nodiscard]] std::string metrics() override;
  [[nodiscard]] serve::Health health() override;

 private:
  Result<Text> facts(const serve::Call& call);
  Result<Text> fact(const serve::Call& call);
  Result<Text> timeline(const serve::Call& call);
  Result<Text> mode(const serve::Call& call);
  Result<Text> approve(const serve::Call& call);
  Result<Text> hand_in_signed(const serve::Call& call);
  Result<Text> offer_acceptance(const serve::Call& call);
  Result<Text> accept_findings(const serve::Call& call);
  Result<Text> reveal(const serve::Call& call);
  /// Posts it, and waits until it is safely in the ledger; nothing of it may be done before. `otherwise`: what then is not.
  Result<> record_first(InputBody input, std::string_view otherwise);
  Result<std::string> behind(const serve::Call& call) const;
  /// The command's lines, joined by commas.
  Result<std::string> lines(std::string_view command, const serve::Call& call, json::object question);
  Result<Text> change(std::string_view command, const serve::Call& call);

  const ApiParts parts_;
};

}  // namespace kulla::daemon
