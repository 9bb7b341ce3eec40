// What the services answered to clients, as the gate's log tells: counted by service, for people to see, and for nothing else.
// Whoever can make errors could otherwise keep a service closed.
#pragma once
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "event/event.hpp"

namespace kulla::daemon {

struct Answered {
  std::uint64_t requests = 0, errors = 0;  ///< errors: a status of 500 and above, or none
};

class Answers {
 public:
  /// One line of the gate's log; those that the gate itself refused are not the service's. Any thread.
  void count(const event::Event& event);
  [[nodiscard]] std::map<std::string, Answered, std::less<>> all() const;
  [[nodiscard]] Answered of(std::string_view service) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Answered, std::less<>> by_service_;
};

}  // namespace kulla::daemon
