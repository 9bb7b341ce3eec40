// Up to which number each vantage's observations were taken, in memory and on the disk. Numbers are dense within a stretch (outage/spool.hpp).
#pragma once
#include <filesystem>
#include <map>

#include "base/result.hpp"
#include "model/names.hpp"

namespace kulla::daemon {

class VantageMarks {
 public:
  explicit VantageMarks(std::filesystem::path file) : file_(std::move(file)) {}
  /// What the file says; none is an empty one.
  [[nodiscard]] Result<> read();
  /// Never lowers one.
  void raise(const VantageId& vantage, std::uint64_t number);

  [[nodiscard]] bool was_taken(const VantageId& vantage, std::uint64_t number) const;
  /// A new number was taken and raises the mark: how many before it never came.
  std::uint64_t take(const VantageId& vantage, std::uint64_t number);
  /// A stretch begins here: the numbers between the mark and this one were never given.
  void begins(const VantageId& vantage, std::uint64_t number);

  [[nodiscard]] bool changed() const { return marks_ != kept_; }
  /// The marks onto the disk, whole or not at all: {"vantages":{NAME:{"taken":NUMBER}}}.
  [[nodiscard]] Result<> keep();
  /// What is on the disk; 0: nothing.
  [[nodiscard]] std::uint64_t kept(const VantageId& vantage) const;

 private:
  using Marks = std::map<VantageId, std::uint64_t>;
  const std::filesystem::path file_;
  Marks marks_, kept_;
};

}  // namespace kulla::daemon
