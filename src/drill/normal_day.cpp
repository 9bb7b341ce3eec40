#include "drill/normal_day.hpp"

#include <fmt/format.h>

#include <array>
#include <atomic>

#include "base/file.hpp"
#include "base/time.hpp"
#include "detect/backtest.hpp"
#include "detect/hunt.hpp"
#include "drill/citizens.hpp"
#include "drill/http_client.hpp"
#include "event/format.hpp"
#include "model/gate_log.hpp"

namespace kulla::drill {
namespace {
constexpr std::size_t requests = 5000;

struct Request {
  std::string_view method, target;
  int status;
};
constexpr std::array<Request, 8> asked{{{"GET", "", 200},
                                        {"GET", "search?q=opening+hours", 200},
                                        {"GET", "assets/style.css", 200},
                                        {"GET", "assets/form.txt", 200},
                                        {"POST", "login", 200},
                                        {"POST", "upload", 201},
                                        {"GET", "favicon.ico", 404},
                                        {"GET", "", 304}}};
}  // namespace

std::string normal_day(const Plan& plan) {
  constexpr std::int64_t noon = 1'657'800'000'000'000, second = 1'000'000;
  std::string lines;
  for (std::size_t at = 0; at < requests; ++at) {
    const auto& service = plan.services[at % plan.services.size()];
    const auto& request = asked[at / plan.services.size() % asked.size()];
    const auto target = below(service, request.target);
    lines += fmt::format("{} {} 3 {} {} {} {} {} 2048 {} pass -- \"{}\" \"Mozilla/5.0\" \"\" \"\"\n", gate_log::version,
                         noon + static_cast<std::int64_t>(at) * second, address_of(Crowd::citizens, at % citizens).to_string(),
                         request.method, service.host, target.substr(0, target.find('?')), request.status, service.name, target);
  }
  return lines;
}

Result<> backtest_normal_day(const Plan& plan, const std::filesystem::path& rules, const std::filesystem::path& folder) {
  const auto log = folder / "normal-day.log";
  KULLA_CHECK(write_file_atomic(log, normal_day(plan), 0600));
  KULLA_TRY(auto loaded, detect::sigma::load({rules}, {}));
  detect::HuntSettings settings;
  settings.format = event::Format::gate_log;
  detect::Hunt hunt{std::move(loaded), settings};
  detect::Backtest backtest{hunt.rules()};
  backtest.days = 1;
  const std::atomic<bool> stop = false;
  const auto input = hunt.input(log, [&](const detect::HuntMatch& match) { backtest.take(match); }, [](std::uint64_t) {}, stop);
  if (input.error) return std::unexpected(*input.error);
  if (input.losses.records > 0) return fail(Code::bad_event, fmt::format("{}: {}", log.string(), input.losses.faults.front().why));
  backtest.events = input.events;
  return detect::write_backtest(backtest, folder / "backtest.json");
}

}  // namespace kulla::drill
