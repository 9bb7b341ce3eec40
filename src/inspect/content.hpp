// Looks into files with YARA, and into the archives among them. Runs in a child without rights.
#pragma once
#include <memory>
#include <string_view>
#include <vector>

#include "inspect/rotation.hpp"
#include "inspect/survey.hpp"

namespace kulla::inspect {

class Content {
 public:
  Content();
  Content(const Content&) = delete;
  ~Content();
  /// Code::bad_config with file and line.
  [[nodiscard]] Result<> add_rules(const std::string& name, std::string_view text);
  [[nodiscard]] Result<> compile();
  /// Of a file's content, and of what is packed in it.
  [[nodiscard]] std::vector<Match> examine(std::string_view content);

 private:
  struct Budget;
  void scan(std::string_view content, const std::string& inside, std::vector<Match>& matches) const;
  void unpack(std::string_view content, const std::string& inside, int depth, Budget& budget, std::vector<Match>& matches) const;
  struct Yara;
  const std::unique_ptr<Yara> yara_;
};

/// Of a compressed file that is no archive: gzip, bzip2, xz, zstd. An error where it is none, is damaged, or holds more than `most` bytes.
[[nodiscard]] Result<Unpacked> unpack(int file, std::int64_t beginning, std::int64_t most);

}  // namespace kulla::inspect
