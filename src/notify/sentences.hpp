// Every sentence that kulla may offer for the public: its condition over the facts, and what it then says. No words here: they are in
// statements/LANGUAGE.toml, by the same ids. A sentence says nothing but what its arguments hold, and only while its function gives them.
#pragma once
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "base/hash.hpp"
#include "notify/record.hpp"

namespace kulla::notify {

BOOST_DEFINE_ENUM_CLASS(Category, happened, since, closed, open, backups, verified, outside, next)

using Services = std::vector<ServiceId>;
/// A number, a time, a span, services, or the name of a system or data set.
using Value = std::variant<std::int64_t, Timestamp, std::chrono::milliseconds, Services, std::string>;
struct Argument {
  std::string_view name;
  Value value;
  bool drifts = false;  ///< changes with the time alone (an age): no part of what is claimed
};
struct Claim {
  std::vector<Argument> arguments;
  std::vector<std::uint64_t> facts;  ///< sorted, each once
};
/// One thing that keeps a sentence, or a part of it, from being said: an id of [missing] in the language's file.
struct Missing {
  std::string_view id;
  std::vector<Argument> arguments;
};

/// Of what a sentence speaks: a fact that touches none of it cannot make it false.
enum Aspect : unsigned { of_services = 1, of_proofs = 2, of_reports = 4, of_outside = 8, of_incident = 16, of_all = 31 };

struct Sentence {
  std::string_view id;
  Category category;
  unsigned aspects;
  std::vector<std::string_view> arguments;
  std::optional<Claim> (*holds)(const Record&);
  /// What is missing; null where its absence means only that there is nothing of the kind.
  std::vector<Missing> (*lacks)(const Record&);
};
/// In the order in which a statement says them.
[[nodiscard]] const std::vector<Sentence>& all_sentences();
[[nodiscard]] const Sentence* find_sentence(std::string_view id);

inline constexpr std::string_view next_update_sentence = "next.update";
/// What a statement that is made at `from` promises: a round time, never later than `within`.
[[nodiscard]] Timestamp next_update_by(Timestamp from, std::chrono::milliseconds within);

struct MissingKind {
  std::string_view id;
  std::vector<std::string_view> arguments;
};
[[nodiscard]] std::span<const MissingKind> all_missing();

/// Of what is claimed: the same for the same numbers, names and times, whichever facts they rest on.
[[nodiscard]] Digest digest_of(std::string_view id, const Claim& claim);

// --- what the conditions are made of; a service counts in at most one of the three

/// All clients are refused, the gate has confirmed it, and the view from outside does not contradict.
[[nodiscard]] bool is_publicly_closed(const ServiceRecord& service);
/// The gate lets all clients in, and nobody outside finds it down.
[[nodiscard]] bool is_publicly_open(const ServiceRecord& service);
/// In a trial that the gate has begun.
[[nodiscard]] bool is_on_trial(const ServiceRecord& service);
/// A passed proof, young enough, after which nothing was suspected.
[[nodiscard]] bool is_proved(const Record& record, const DatasetId& dataset);
/// A clean report, young enough, begun after the closing of all closed services on it and told after the last effect on it.
[[nodiscard]] bool is_cleared(const Record& record, const SystemId& system);

}  // namespace kulla::notify
