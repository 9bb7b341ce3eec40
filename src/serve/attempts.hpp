// How often somebody may try to sign in, and what of the failures is told. One thread.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "serve/backend.hpp"
#include "serve/limits.hpp"

namespace kulla::serve {

/// A bucket for each client, and one for each name that is tried. Who guesses at a name empties that name's bucket for strangers only: a
/// browser in which the person has signed in before (its device) has a bucket of its own, and is not locked out by others.
class SignInAttempts {
 public:
  static constexpr TokenBuckets::Rate for_a_client{20, std::chrono::seconds{3}};
  static constexpr TokenBuckets::Rate for_a_name{10, std::chrono::seconds{15}};

  using Device = std::optional<std::string>;

  /// Nothing: try. Else how long to wait. `device` is one of this person's.
  [[nodiscard]] std::optional<Ticks> begin(const std::string& name, const std::string& network, const Device& device, Ticks now);
  /// One that names nobody: the identity provider will. `device` is anybody's.
  [[nodiscard]] std::optional<Ticks> come(const std::string& network, const Device& device, Ticks now);
  void succeeded(const std::string& name, const std::string& network, const Device& device);
  /// False where a code of this step, or of a later one, has signed this person in already. After a restart the codes of the last
  /// minute and a half are unused again.
  [[nodiscard]] bool use_code(const PersonId& person, std::int64_t step);

 private:
  TokenBuckets clients_{for_a_client}, names_{for_a_name}, devices_{for_a_name};
  std::map<PersonId, std::int64_t> last_step_;
};

/// Failures by person, told at most once in ten seconds each.
class Failures {
 public:
  void add(const PersonId& person, const std::string& address, const std::string& method);
  /// What is to be told now.
  [[nodiscard]] std::vector<Happening> due(Ticks now);

 private:
  struct Note {
    Happening untold;
    std::optional<Ticks> told;
  };
  std::map<PersonId, Note> notes_;  ///< of accounts, and one for all other names
};

}  // namespace kulla::serve
