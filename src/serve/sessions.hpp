// Who is signed in. A session is known by a random token of 256 bits in the browser's cookie; here only its hash is kept, in memory, so
// that a restart signs everybody out and a dump of memory signs nobody in. One thread.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/hash.hpp"
#include "base/time.hpp"
#include "model/names.hpp"
#include "serve/roles.hpp"

namespace kulla::serve {

struct Session {
  std::string name;  ///< in records; says nothing of the token
  PersonId person;
  Roles roles;
  std::string csrf;     ///< a second random token, which only pages of ours can read
  std::string
      account;  ///< what the account looked like at the sign-in: a change ends the session; empty for OpenID Connect, which an account ends
  Ticks opened{}, used{};
};

class Sessions {
 public:
  struct Limits {
    Ticks idle, age;
    std::size_t most;  ///< in all; one more is refused
    std::size_t most_a_person = 8;  ///< desks and telephones; one more ends the one that was unused longest
  };
  explicit Sessions(Limits limits) : limits_(limits) {}

  struct Opened {
    std::string token;  ///< the only copy
    const Session* session;
  };
  /// None where there are too many.
  [[nodiscard]] std::optional<Opened> open(PersonId person, Roles roles, std::string account, Ticks now);
  /// The session of a token, where it is neither idle nor too old. `uses`: it begins to be idle anew.
  [[nodiscard]] const Session* find(std::string_view token, Ticks now, bool uses);
  /// The same by its name; for streams, which do not use it.
  [[nodiscard]] const Session* named(std::string_view name, Ticks now) const;
  /// In how long it ends, where nobody uses it.
  [[nodiscard]] Ticks left(const Session& session, Ticks now) const;
  void end(std::string_view name);
  template <typename Wanted>
  void keep_only(const Wanted& wanted) {
    std::erase_if(sessions_, [&](const auto& each) { return !wanted(each.second); });
  }
  void forget_old(Ticks now);
  [[nodiscard]] std::size_t size() const { return sessions_.size(); }

 private:
  bool over(const Session& session, Ticks now) const;
  void make_room_for(const PersonId& person);
  const Limits limits_;
  std::map<Digest, Session> sessions_;  ///< by the token's hash
};

}  // namespace kulla::serve
