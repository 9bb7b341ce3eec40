// The gate as HAProxy: every worker's live maps through its command sockets, and the maps as files.
//
// Which workers there are, only the master knows. It answers nothing while it reads its configuration for a reload, so a list asked for
// after the file is written names every worker that may have read the file before. Hence: set in the one that we talk to, write the file,
// list, and set in all that are listed until none is new; then once more in all.
//
// A worker that does not answer (a stopped one) holds up no other: its error is returned when all others are done, and it is asked again
// only from time to time, and briefly, until it answers or has ended.
#pragma once
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "gate/answers.hpp"
#include "gate/command_socket.hpp"
#include "gate/gate.hpp"
#include "gate/settings.hpp"

namespace kulla::gate {

class HaproxyGate final : public Gate {
 public:
  /// `patience` bounds each wait for an answer: a reload keeps the master silent for as long as it reads its configuration.
  explicit HaproxyGate(Settings settings, std::chrono::milliseconds patience = std::chrono::seconds{5});
  using Gate::set;
  [[nodiscard]] Result<GateApplied> set(const ServiceId& service, const GateEntry& entry, bool opens,
                                        const StillWanted& still_wanted) override;
  void forestall(const std::vector<order::SetGate>& closings) override;
  [[nodiscard]] Result<> block(const std::string& address) override;
  [[nodiscard]] Result<> unblock(const std::string& address) override;
  [[nodiscard]] Result<std::vector<GateFound>> read_back() override;
  [[nodiscard]] std::string file_problem() const override;
  [[nodiscard]] std::vector<std::string> problems() const override;
  [[nodiscard]] Result<bool> restore_file(const std::map<ServiceId, GateEntry>& entries) override;
  /// Every worker there is now, as the master says.
  [[nodiscard]] Result<std::vector<Worker>> workers();

 private:
  struct Change {
    std::string map, key, value;           ///< an empty value: no entry
    std::optional<ServiceId> end_streams;  ///< of this service, once the map holds the change
    StillWanted still_wanted;              ///< where there is one: asked of each worker that has just answered, before it is told
  };
  struct Progress {
    std::vector<pid_t> done;
    GateApplied applied;
    void add(pid_t worker, int streams_ended);
    [[nodiscard]] bool has(pid_t worker) const;
  };
  using Milliseconds = std::chrono::milliseconds;
  Change state_change(const ServiceId& service, const GateEntry& entry) const;
  Result<GateApplied> close(const ServiceId& service, const GateEntry& entry);
  Result<GateApplied> open(const ServiceId& service, const GateEntry& entry, const StillWanted& still_wanted);
  void take_back(const ServiceId& service, const GateEntry& entry);
  int ended_before(const ServiceId& service);
  void write_closing(const ServiceId& service, const GateEntry& entry);
  Result<> change_source(const std::string& address, bool blocked);

  Result<Progress> apply_everywhere(const Change& change, const std::function<void()>& before_the_others = {});
  Result<int> apply(const Worker& worker, const Change& change);
  Result<> put(const Worker& worker, const Change& change);
  Result<> all_awake();
  Result<int> end_streams(const Worker& worker, const ServiceId& service);
  Result<int> end_streams_singly(const Worker& worker, const ServiceId& service);

  Result<std::vector<std::string>> ask(const Worker& worker, const std::vector<std::string>& commands);
  Result<std::vector<std::string>> ask_within(const Worker& worker, const std::vector<std::string>& commands, Milliseconds patience);
  Result<std::string> ask_master(std::string_view command, std::optional<Milliseconds> patience = {});
  bool reaches(const Worker& worker);
  void meet_runtime();
  Result<std::vector<GateFound>> read_workers();
  Result<std::vector<GateFound>> read_worker(const Worker& worker);
  Result<> is_there(const Worker& worker);
  void read_file_into(std::vector<GateFound>& found);

  const Settings settings_;
  const std::chrono::milliseconds patience_;
  CommandSocket runtime_, master_, forestalling_;
  pid_t runtime_pid_ = 0;  ///< the worker at the other end of runtime_; 0 while not known
  int failed_reloads_ = 0;
  std::map<pid_t, std::chrono::steady_clock::time_point> silent_;  ///< workers that gave no answer, and when to ask them again
  mutable std::mutex file_;                                        ///< the state map's file, state_problem_, ended_before_
  std::mutex forestall_;                                           ///< forestalling_
  std::map<ServiceId, int> ended_before_;                          ///< streams that `forestall` ended
  std::string state_problem_, source_problem_;
};

}  // namespace kulla::gate
