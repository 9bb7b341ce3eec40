// The logs of hosts, as their forwarders send them over TCP or append them to files here: read, and looked at by all rules. One thread
// reads all of them, so a host that sends much delays the others by what it costs to look at 1 MiB of it.
#pragma once
#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio.hpp>

#include "base/result.hpp"
#include "base/time.hpp"
#include "daemon/evidence.hpp"
#include "daemon/log_place.hpp"
#include "daemon/log_tail.hpp"
#include "detect/detector.hpp"
#include "event/reader.hpp"
#include "model/input.hpp"

namespace kulla::daemon {

class HostLogs {
 public:
  using Report = std::function<void(InputBody)>;
  struct Counts {
    SensorId sensor;
    std::uint64_t events = 0, unreadable = 0, suppressed = 0;
    std::string problem;  ///< why nothing comes; empty where it is well
  };
  /// Listens at once. How far files were read is kept in `positions`.
  [[nodiscard]] static Result<std::unique_ptr<HostLogs>> start(const std::vector<LogPlace>& places, const detect::Settings& settings,
                                                               const std::shared_ptr<const detect::Rules>& rules,
                                                               const Pseudonyms& pseudonyms, std::filesystem::path positions,
                                                               EvidenceStore& evidence, const Clock& clock, Report report);
  ~HostLogs();
  HostLogs(const HostLogs&) = delete;
  [[nodiscard]] std::vector<Counts> counts() const;
  /// From the next record on these rules look; what was counted goes on. Any thread.
  void renew(std::shared_ptr<const detect::Rules> rules);

 private:
  using Tcp = boost::asio::ip::tcp;
  struct Log;
  struct Connection;
  HostLogs(const detect::Settings& settings, const Pseudonyms& pseudonyms, std::filesystem::path positions, EvidenceStore& evidence,
           const Clock& clock, Report report);
  Result<> add(const LogPlace& place, const std::shared_ptr<const detect::Rules>& rules);
  void accept(Log& log);
  void read(Log& log, const std::shared_ptr<Connection>& connection);
  void read_files();
  bool read_file(Log& log);
  void keep_positions();
  std::map<std::string, LogTail::Position> kept_positions() const;
  void take(Log& log, event::Reader& reader, std::string_view bytes, bool last);
  void raise(detect::Detection detection);

  const detect::Settings settings_;
  const Pseudonyms pseudonyms_;
  const std::filesystem::path positions_;
  EvidenceStore& evidence_;
  const Clock& clock_;
  const Report report_;
  boost::asio::io_context context_;
  boost::asio::steady_timer next_look_{context_};
  std::string received_;
  std::map<std::string, LogTail::Position> positions_kept_;
  std::chrono::steady_clock::time_point positions_due_{};
  std::vector<std::unique_ptr<Log>> logs_;
  std::thread thread_;
};

}  // namespace kulla::daemon
