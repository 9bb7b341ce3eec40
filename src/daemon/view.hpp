// The read side of the console: a fold of the facts of its own, on a thread of its own. The core hands over each fact and goes on; what a
// reader asks never reaches the core. Read this first, then view_picture.hpp (what is folded), then view_stream.hpp (what goes out).
//
// Facts come through a bounded queue. Their numbers are dense, so a fact that found no room is noticed, and is read from the feed or from
// the ledger: the view may come late, and says by how much, but it misses nothing.
#pragma once
#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "base/time.hpp"
#include "daemon/past.hpp"
#include "daemon/view_picture.hpp"
#include "daemon/view_stream.hpp"
#include "incident/policy.hpp"
#include "serve/subscription.hpp"

namespace kulla::daemon {

/// What the view shows and does not fold. Called on the view's thread, and by who asks; each is quick and waits for nobody.
struct Surroundings {
  std::function<ledger::Head()> durable;
  std::function<json::object()> health;     ///< as `kulla status` has it
  std::function<json::array()> vantages;    ///< [{"id","heard","trusted"}]
  std::function<json::value()> next_update{};  ///< that a statement promised: {"by","overdue"} or null
  std::function<std::optional<std::int64_t>(const ServiceId&)> requests_an_hour{};  ///< nothing where nobody counts, or not for long enough
};

struct ViewSettings {
  Presentation presentation{};
  json::array institutions{};
  incident::Policy policy{};
  PublicKey ledger_key{};  ///< of who signs the ledger's heads, for reports
  std::size_t queue = 50'000;  ///< facts that wait for the view: some 50 MB, a minute of what is recorded at most
  std::chrono::milliseconds batch{20};
};

class View {
 public:
  using Text = std::shared_ptr<const std::string>;
  View(ViewSettings settings, const Clock& clock, const Past& past, Surroundings surroundings);
  ~View();
  View(const View&) = delete;

  /// Before `start`: what the ledger holds, in order.
  void replay(std::uint64_t number, const Fact& fact, Feed::Line line) { picture_.take(number, fact, std::move(line)); }
  void start();
  /// What the view's thread does every `batch`; without `start` by hand.
  void turn();
  /// The next fact. The core's thread: copies it, wakes nobody, waits for nothing but a lock that is held for a moment.
  void push(std::uint64_t number, const Fact& fact, Feed::Line line);

  // Answers, as JSON texts. Any thread.
  [[nodiscard]] Text now();
  [[nodiscard]] Result<Text> facts(const Timeline::Query& query);
  [[nodiscard]] Result<Text> fact(std::uint64_t number);
  [[nodiscard]] Text timeline(const Timeline::Range& range);
  [[nodiscard]] Result<Text> service(const ServiceId& id);
  [[nodiscard]] Result<Text> preview(const ServiceId& id);
  [[nodiscard]] Result<Text> incident_report();
  /// See serve::Backend.
  [[nodiscard]] std::shared_ptr<serve::Subscription> subscribe(std::uint64_t from);

  struct Numbers {
    std::uint64_t number = 0, behind = 0;  ///< the newest fact that is shown; those that wait
    std::size_t readers = 0;
    std::uint64_t cut_off = 0, caught_up = 0;  ///< readers who were too slow; facts that found no room and were read again
    std::uint64_t effects = 0;
    bool in_incident = false;
    std::map<std::string, std::uint64_t, std::less<>> kinds;
    std::map<incident::ServiceState, std::uint64_t> services;  ///< by state, without those that are retired
  };
  [[nodiscard]] Numbers numbers() const;

 private:
  struct Item {
    std::uint64_t number;
    Fact fact;
    Feed::Line line;
  };
  void work(const std::stop_token& stop);
  [[nodiscard]] std::vector<Item> catch_up(std::vector<Item> queued);
  void take(const std::vector<Item>& items);
  void send_facts(const std::vector<Item>& items);
  void send_durable();
  void pulse();
  [[nodiscard]] json::object health() const;
  [[nodiscard]] json::value next_update() const { return surroundings_.next_update ? surroundings_.next_update() : json::value{}; }
  [[nodiscard]] std::string incident_json() const;
  [[nodiscard]] StreamHead stream_head() const;
  [[nodiscard]] std::optional<std::uint64_t> admit(const std::shared_ptr<serve::Subscription>& reader, std::uint64_t from,
                                                   const std::vector<Recorded>& past, bool readable);
  [[nodiscard]] std::string lines_of(const std::deque<KeptLine>& kept) const;

  const ViewSettings settings_;
  const Clock& clock_;
  const Past& past_;
  const Surroundings surroundings_;

  mutable std::mutex queue_mutex_;  ///< of what comes in: the core takes it, for a moment
  std::vector<Item> queued_;
  std::uint64_t newest_ = 0;

  mutable std::mutex mutex_;  ///< of all that follows; the core never takes it
  Picture picture_;
  Readers readers_;
  ledger::Head durable_;
  bool waiting_unsent_ = false;
  std::chrono::steady_clock::time_point waiting_sent_{}, next_pulse_{};
  Text now_;
  std::uint64_t now_number_ = 0;
  Ticks now_made_{};

  std::atomic<std::uint64_t> caught_up_ = 0;
  std::condition_variable_any ending_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace kulla::daemon
