// What differs, and how much that means.
#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <vector>

#include "inspect/machine.hpp"
#include "inspect/rotation.hpp"
#include "inspect/rules.hpp"
#include "inspect/survey.hpp"

namespace kulla::inspect {

struct JudgeOptions {
  bool change_times = false;     ///< a change time that differs is a finding too
  std::filesystem::path root{};  ///< read once more where a log was rotated; without it, no rotation is believed
  Unpack unpack{};               ///< of a rotated log; without it, no compressed one is believed
};

/// Takes pairs in the order of a tree, and then says what was found.
class Judge {
 public:
  Judge(const Rules& rules, const JudgeOptions& options) : rules_(rules), options_(options) {}
  /// Whether something was found.
  bool look_at(const Pair& pair);
  void compare_facts(const Facts& before, const Facts& now);
  void cannot_ask(const std::string& fact, const std::string& why);
  /// Worst first.
  [[nodiscard]] std::vector<Finding> finish();

  [[nodiscard]] std::int64_t files() const { return files_; }
  [[nodiscard]] std::int64_t not_read() const { return not_read_; }
  /// Of what was removed, whose list had it.
  [[nodiscard]] const std::map<std::string, std::string>& packages_of_removed() const { return removed_of_; }
  /// Files that were not wholly looked into for malware.
  [[nodiscard]] std::int64_t incomplete() const { return incomplete_; }
  /// Mounts of other kinds that were not looked into.
  [[nodiscard]] std::int64_t left_out() const { return left_out_; }
  /// Findings beyond those that are kept.
  [[nodiscard]] std::int64_t dropped() const { return dropped_; }

 private:
  struct Judgement {
    Severity severity;
    std::string why;
  };
  /// Where it is kept; nothing where it is not.
  std::optional<std::size_t> add(const std::string& path, Kind kind, std::string before, std::string after, Judgement judgement);
  void unreadable(const std::string& path, std::string_view why);
  void removed(const std::string& path, const Entry& entry);
  void added(const Pair& pair);
  void both(const Pair& pair);
  void look(const Pair& pair);
  void content(const Pair& pair);
  void mode(const std::string& path, const Entry& before, const Entry& after);
  void links(const std::string& path, const Entry& before, const Entry& after);
  void attributes(const std::string& path, const Entry& before, const Entry& after);
  [[nodiscard]] static Judgement judge_new(const std::string& path, const Entry& entry, const Look& look);
  [[nodiscard]] bool may_come(const Pair& pair) const;
  [[nodiscard]] bool may_go(const std::string& path) const;
  [[nodiscard]] bool may_become(const Pair& pair) const;
  void name_mass_rewrite();
  void name_renames();
  [[nodiscard]] bool is_log(const std::string& path) const;
  void matched(const Pair& pair);

  const Rules& rules_;
  const JudgeOptions options_;
  std::vector<Finding> findings_;
  std::string unseen_;  ///< a thing that could not be looked at, with all below it
  bool has_unseen_ = false;
  std::int64_t files_ = 0, files_before_ = 0, not_read_ = 0, left_out_ = 0, dropped_ = 0;
  std::vector<std::size_t> ruined_, rewritten_;
  std::multimap<Digest, std::size_t> came_, went_;  ///< by content, the findings of files
  std::int64_t incomplete_ = 0;
  std::map<std::string, std::string> removed_of_;   ///< by path, the package
  Rotations rotations_;
};

}  // namespace kulla::inspect
