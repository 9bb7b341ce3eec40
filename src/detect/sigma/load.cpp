#include "detect/sigma/load.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/file.hpp"
#include "detect/sigma/collection.hpp"

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
  explicit Loader(const LoadOptions& options) : collection_(options) {}

  void file(const fs::path& path) {
    const auto text = read_file(path, yaml_size_limit);
    if (!text) return reject(path, {0, text.error().what});
    auto documents = read_yaml(*text);
    if (!documents) return reject(path, std::move(documents).error());
    std::erase_if(*documents, [](const Tree& document) { return document.is(Tree::Kind::null); });  // after a last "---"
    if (documents->empty()) return reject(path, {0, "no rule in it"});
    for (std::size_t at = 0; at < documents->size(); ++at)
      if (auto added = collection_.add(path, name_of(path, at), (*documents)[at]); !added) reject(path, std::move(added).error());
  }
  Loaded finish() {
    collection_.link([this](const fs::path& path, Fault why) { reject(path, std::move(why)); });
    auto rules = std::make_shared<const RuleSet>(std::move(collection_.rules));
    return {std::move(rules), std::move(rejected_), collection_.other_sources, std::move(collection_.correlations), collection_.filters};
  }

 private:
  /// The id of a document that has none.
  static std::string name_of(const fs::path& path, std::size_t document) {
    return document == 0 ? path.stem().string() : fmt::format("{}-{}", path.stem().string(), document + 1);
  }
  void reject(const fs::path& path, Fault why) { rejected_.push_back({path, why.line, std::move(why.reason)}); }
  Collection collection_;
  std::vector<Rejected> rejected_;
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
