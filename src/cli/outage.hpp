// What the files of kulla outage share: what was asked for, and what a store holds of it.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "outage/agreement.hpp"
#include "outage/history.hpp"
#include "outage/outage.hpp"
#include "outage/store.hpp"

namespace kulla::cli {

struct OutageChoice {
  std::string store = "observations", from, to, ledger, trust, signer, format = "text";
  std::vector<std::string> targets, routes;
  std::string target;                                   // show
  std::string by = "network", output, title;            // chart
  std::string compare_from, compare_to;
  int width = 1200;
  std::string site, url = "http://localhost/";          // publish
};

/// One time range of a store, read once.
struct OutageView {
  Timestamp from, to;                      ///< what was asked, else all that there is
  std::vector<outage::Target> targets;     ///< those asked for
  std::vector<VantageId> vantages;
  std::vector<outage::Outage> outages;     ///< that overlap the range
  std::vector<outage::Uptime> uptime;
  outage::Tracks tracks;
  std::vector<outage::Damage> damage;
  std::vector<outage::ClosureOrder> orders;
  std::uint64_t observations = 0;
};
struct ViewOptions {
  std::optional<Timestamp> from{}, to{};
  std::size_t steps = 1440;  ///< about; whole minutes where that is possible
};
/// Reads, and concludes. Damage is said on standard error, and is in the view.
[[nodiscard]] Result<OutageView> view_store(const OutageChoice& choice, const ViewOptions& options);
[[nodiscard]] Result<ViewOptions> range_of(const OutageChoice& choice);
/// "2022-07-15T10:00:00Z", or how long ago: "7d", "12h".
[[nodiscard]] Result<Timestamp> parse_when(const std::string& text, Timestamp now);

/// Orders to close, from a ledger that verifies with this key.
[[nodiscard]] Result<std::vector<outage::ClosureOrder>> closure_orders(const std::string& ledger, const std::string& trust);

/// "supports", "contradicts", "cannot tell".
[[nodiscard]] std::string_view words_of(Agreement agreement);

/// One line of JSON; docs/outage.md.
[[nodiscard]] std::string outage_json(const outage::Outage& outage);
[[nodiscard]] std::string uptime_json(const outage::Uptime& uptime);
/// "[10:00:01.2, 10:00:01.9]" with the date.
[[nodiscard]] std::string interval_text(const outage::Interval& interval);
/// "12.3 s", "4 min 5 s": the time that it lasted, as it is counted.
[[nodiscard]] std::string duration_text(const outage::Outage& outage, Timestamp until);

void add_outage_chart(Context& context, CLI::App& parent, const std::shared_ptr<OutageChoice>& choice);
void add_outage_publish(Context& context, CLI::App& parent, const std::shared_ptr<OutageChoice>& choice);
/// --store, --from, --to, --target, --ledger, --trust.
void add_outage_options(CLI::App& command, const std::shared_ptr<OutageChoice>& choice);

}  // namespace kulla::cli
