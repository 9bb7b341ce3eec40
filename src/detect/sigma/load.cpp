#include "detect/sigma/load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/file.hpp"
#include "detect/sigma/parse.hpp"

namespace kulla::detect::sigma {
namespace fs = std::filesystem;
namespace {

Result<> collect(const fs::path& path, std::vector<fs::path>& files) {
  std::error_code error;
  if (fs::is_regular_file(path, error)) {
    files.push_back(path);
    return {};
  }
  fs::recursive_directory_iterator walk{path, error};
  for (const fs::recursive_directory_iterator end; !error && walk != end; walk.increment(error)) {
    const auto extension = walk->path().extension();
    if ((extension != ".yml" && extension != ".yaml") || !walk->is_regular_file(error)) continue;
    if (files.size() == file_limit) return fail(Code::too_large, fmt::format("{}: more than {} rule files", path.string(), file_limit));
    files.push_back(walk->path());
  }
  if (error) return fail(Code::io, fmt::format("{}: {}", path.string(), error.message()));
  return {};
}

class Loader {
 public:
  explicit Loader(const LoadOptions& options) : options_(options) {}

  void file(const fs::path& path) {
    const auto text = read_file(path, yaml_size_limit);
    if (!text) return reject(path, {0, text.error().what});
    auto documents = read_yaml(*text);
    if (!documents) return reject(path, std::move(documents).error());
    if (documents->empty()) return reject(path, {0, "no rule in it"});
    for (const auto& document : *documents)
      if (auto taken = take(path, document); !taken) reject(path, std::move(taken).error());
  }
  Loaded finish() {
    rules_.finish();
    return {std::make_shared<const RuleSet>(std::move(rules_)), std::move(rejected_), other_sources_};
  }

 private:
  void reject(const fs::path& path, Fault why) { rejected_.push_back({path, why.line, std::move(why.reason)}); }
  Checked<> take(const fs::path& path, const Tree& document) {
    KULLA_TRY(auto rule, parse_rule(document, options_.placeholders));
    if (rule.id.empty()) rule.id = RuleId{path.stem().string()};
    if (!ids_.insert(rule.id.str()).second) return fault(rule.line, fmt::format("another rule has the id '{}'", rule.id.str()));
    if (!options_.wanted(rule.logsource)) {
      ++other_sources_;
      return {};
    }
    KULLA_TRY(const auto variants, options_.pipelines.variants(rule));
    return rules_.add(std::move(rule), variants);
  }
  const LoadOptions& options_;
  RuleSet rules_;
  std::set<std::string> ids_;
  std::vector<Rejected> rejected_;
  std::size_t other_sources_ = 0;
};
}  // namespace

Result<Loaded> load(const std::vector<fs::path>& paths, const LoadOptions& options) {
  std::vector<fs::path> files;
  for (const auto& path : paths) KULLA_CHECK(collect(path, files));
  std::sort(files.begin(), files.end());
  files.erase(std::unique(files.begin(), files.end()), files.end());
  Loader loader{options};
  for (const auto& file : files) loader.file(file);
  return loader.finish();
}

}  // namespace kulla::detect::sigma
