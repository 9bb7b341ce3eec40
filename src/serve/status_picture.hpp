// The public status page: what it is told, as plain values. Whoever makes a picture needs to know nothing of pages, and the pages know
// nothing of facts. status_site.hpp writes it.
#pragma once
#include <boost/describe.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/keys.hpp"
#include "base/time.hpp"
#include "model/names.hpp"

namespace kulla::serve {

/// A text by language ("sq", "en"); under "" one that is the same in all.
using Texts = std::map<std::string, std::string>;

/// What a citizen finds. Guarded is "working": it is, and an attacker need not read that he was noticed.
BOOST_DEFINE_ENUM_CLASS(StatusState, working,
                        unmeasured,  // open, but nobody looks from outside
                        down,        // open, and not reachable from outside
                        closing,     // ordered closed; that nobody reaches it any more is not known yet
                        closed, verifying, verified, trial)
/// To everyone.
[[nodiscard]] constexpr bool is_closed(StatusState state) { return state >= StatusState::closed && state != StatusState::trial; }
/// Closed, or let back to a share only.
[[nodiscard]] constexpr bool is_on_its_way_back(StatusState state) { return state >= StatusState::closed; }

/// Names of files are made of ids: 1 to 64 lower-case letters, digits, '-', '_', '.', no dot first. Nothing else becomes a page.
[[nodiscard]] bool is_page_name(std::string_view id);

/// What to do while a service is closed. Its owner writes it into the config before it is needed.
struct Meanwhile {
  Texts text{}, office{};
  std::string telephone{};
  std::string deadline{};  ///< the day until which it is extended, as 2026-12-15; empty: none
  Texts decision{};        ///< by which it is
  [[nodiscard]] bool empty() const { return text.empty() && office.empty() && telephone.empty() && deadline.empty(); }
};

BOOST_DEFINE_ENUM_CLASS(SpanKind, closed, down, no_data)
/// A stretch of a service's past. Those of one kind do not overlap; closed counts before down, and down before no data.
struct StatusSpan {
  SpanKind kind = SpanKind::no_data;
  Timestamp from{};
  std::optional<Timestamp> to{};  ///< none: it lasts
  ClosureId closure{};            ///< of closed
};

struct StatusService {
  ServiceId id{};
  Texts name{};               ///< empty: its id
  std::string institution{};  ///< id of one; empty: of none
  std::string address{};      ///< host and path
  StatusState state = StatusState::unmeasured;
  std::optional<Timestamp> since{};        ///< of closed and down
  ClosureId closure{};                     ///< while closed
  int share = 0;                         ///< percent of visitors, in trial
  std::optional<Timestamp> next_update{};  ///< promised
  Meanwhile meanwhile{};
  std::vector<StatusSpan> spans{};  ///< of the last 90 days at least, oldest first
};

struct StatusInstitution {
  std::string id{};  ///< fit for a file's name, as ids of the config are
  Texts name{};
};

/// One version in all its languages, released as one.
struct StatusUpdate {
  std::uint64_t version = 0;  ///< number of the fact that released it
  Timestamp at{};
  Texts texts{};
  std::vector<Texts> withdrawn{};  ///< sentences of it that hold no longer, in our own words
};
/// A time in which services were closed, with what was said of it.
struct StatusIncident {
  std::string id{};
  Timestamp since{};
  std::optional<Timestamp> ended{};
  std::vector<ServiceId> services{};
  std::vector<StatusUpdate> updates{};  ///< oldest first
};

/// Whoever keeps it can see later that nothing before it was changed.
struct StatusHead {
  std::uint64_t number = 0;
  std::string hash{};
};

struct StatusPicture {
  Timestamp time{};
  std::vector<StatusService> services{};  ///< in the order of the config
  std::vector<StatusInstitution> institutions{};
  std::vector<StatusIncident> incidents{};  ///< newest first
  StatusHead head{};
  PublicKey ledger_key{};
  /// When the backups that count now were restored and checked, the oldest of them: of the closed services, or where none is closed of
  /// all. None where a proof is missing, failed, suspected or too old.
  std::optional<Timestamp> data_checked{};
};

/// Days that pages look back.
inline constexpr int status_days = 90;

}  // namespace kulla::serve
