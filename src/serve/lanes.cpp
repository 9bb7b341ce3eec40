#include "serve/lanes.hpp"

namespace kulla::serve {
namespace {
constexpr std::size_t most_passwords = 16;  // a second and a half of hashing
constexpr std::size_t most_reports = 32, most_at_provider = 32, most_of_programs = 16;
constexpr auto a_report = std::chrono::seconds{1};

Answer busy() {
  auto answer = refusal(503, "busy", "too much is asked at once; try again");
  answer.headers.emplace_back("Retry-After", "1");
  return answer;
}
}  // namespace

// In the order of Lane.
Lanes::Lanes(const ServerSettings& settings)
    : rows_{Row{static_cast<std::size_t>(settings.workers), settings.waiting_calls},
            Row{2, most_reports, reports_a_session},
            Row{2, settings.waiting_calls, changes_a_session},
            Row{1, most_passwords},
            Row{1, most_passwords},
            Row{2, most_at_provider},
            Row{1, most_of_programs}} {}

std::expected<Lanes::Turn, Answer> Lanes::enter(Lane lane, const std::string& session) {
  auto& row = this->row(lane);
  if (row.taken >= row.most) return std::unexpected(busy());
  const auto own = row.by_session.find(session);
  if (row.most_a_session > 0 && own != row.by_session.end() && own->second >= row.most_a_session)
    return std::unexpected(too_many(a_report));
  ++row.taken;
  ++row.by_session[session];
  return Turn{nullptr, [&row, session](void*) {
                --row.taken;
                if (--row.by_session[session] == 0) row.by_session.erase(session);
              }};
}

void Lanes::join() {
  for (auto& each : rows_) each.threads.join();
}

}  // namespace kulla::serve
