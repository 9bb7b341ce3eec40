// `kulla-inspect` as a child without rights, for what an attacker may have written: baselines, and files that are looked into.
#pragma once
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "inspect/baseline.hpp"
#include "inspect/rotation.hpp"
#include "inspect/survey.hpp"

namespace kulla::inspect {

/// kulla-inspect: beside the running program, or the running program itself. Code::not_found says where it was looked for.
[[nodiscard]] Result<std::filesystem::path> helper_program();

/// A child of ours; killed and waited for when it goes.
class Helper {
 public:
  /// `in` becomes its standard input, `out` its standard output.
  [[nodiscard]] static Result<Helper> start(const std::vector<std::string>& arguments, const Descriptor& in, const Descriptor& out);
  /// Another program, found through PATH, with our environment.
  [[nodiscard]] static Result<Helper> start_program(std::vector<std::string> arguments, const Descriptor& in, const Descriptor& out,
                                                    const Descriptor& err);
  Helper(Helper&& other) noexcept;
  Helper& operator=(Helper&&) = delete;
  ~Helper();

 private:
  explicit Helper(pid_t pid) : pid_(pid) {}
  pid_t pid_;
};

/// As read_baseline, but read in a child.
[[nodiscard]] Result<std::unique_ptr<Baseline>> read_baseline_aside(const Descriptor& file, const std::vector<PublicKey>& trusted);

/// So much of a file, from its beginning.
inline constexpr std::size_t examined_most = std::size_t{64} << 20;

/// Our own YARA rules.
[[nodiscard]] std::vector<std::string> starter_rules();
/// YARA rules, and the name by which errors call them.
struct RuleText {
  std::string name, text;
};
[[nodiscard]] Result<std::vector<RuleText>> read_rule_files(const std::vector<std::filesystem::path>& files);

/// Children that look into files, as many as there are cores; from several threads at once. One that dies is started anew.
class Examiners {
 public:
  /// Our own rules, and these. Code::bad_config with file and line where some do not compile.
  [[nodiscard]] static Result<std::unique_ptr<Examiners>> start(const std::vector<RuleText>& more);
  [[nodiscard]] static std::unique_ptr<Examiners> without_rules();
  ~Examiners();
  /// What a file holds; an error where that could not be found out.
  [[nodiscard]] Result<std::vector<Match>> examine(int file);
  /// See Unpack.
  [[nodiscard]] Result<Unpacked> unpack(int file, std::int64_t beginning, std::int64_t most);

 private:
  struct Child;
  explicit Examiners(std::vector<RuleText> rules);
  Result<std::unique_ptr<Child>> make() const;
  template <typename T>
  Result<T> ask(std::string_view order, int file, Result<T> (Child::*answer)(int) const);
  std::vector<RuleText> rules_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Child>> free_;
};

}  // namespace kulla::inspect
