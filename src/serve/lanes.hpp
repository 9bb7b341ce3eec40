// Where work waits that would hold up the thread of all input and output. Each lane has threads of its own, so that what is slow, or comes
// from strangers, delays nothing in another one. One thread, the server's, enters.
#pragma once
#include <array>
#include <boost/asio/thread_pool.hpp>
#include <expected>
#include <map>
#include <memory>
#include <string>

#include "serve/request.hpp"
#include "serve/serve.hpp"

namespace kulla::serve {

enum class Lane {
  reads,      ///< what people who are signed in look at
  reports,    ///< of that, what is long or looks through much
  changes,    ///< what they do: closing, and all else that is no GET
  familiar,   ///< passwords from browsers in which that person has signed in before
  strangers,  ///< passwords from everywhere else
  provider,   ///< waits for the identity provider
  programs,   ///< health and metrics, which anyone may ask for
};

class Lanes {
 public:
  static constexpr std::size_t reports_a_session = 2, changes_a_session = 8;
  explicit Lanes(const ServerSettings& settings);

  using Turn = std::shared_ptr<void>;
  /// A turn, which lasts until it goes; else the answer that there is none: 503, or 429 where this session has its share of them.
  [[nodiscard]] std::expected<Turn, Answer> enter(Lane lane, const std::string& session);
  [[nodiscard]] boost::asio::thread_pool& threads(Lane lane) { return row(lane).threads; }
  /// Waits for what is under way.
  void join();

 private:
  struct Row {
    Row(std::size_t count, std::size_t most_in_all, std::size_t most_of_one = 0)
        : threads(count), most(most_in_all), most_a_session(most_of_one) {}
    boost::asio::thread_pool threads;
    const std::size_t most, most_a_session;  ///< waiting or under way; 0: as many as in all
    std::size_t taken = 0;
    std::map<std::string, std::size_t> by_session = {};
  };
  Row& row(Lane lane) { return rows_.at(static_cast<std::size_t>(lane)); }
  std::array<Row, 7> rows_;
};

}  // namespace kulla::serve
