#include "detect/sigma/load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>

#include "base/file.hpp"
#include "detect/sigma/yaml_cache.hpp"

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

struct FileRead {
  std::vector<Checked<Document>> documents;
  std::optional<Fault> fault;  ///< of the whole file
};

FileRead read_rule_file(const fs::path& path, const Placeholders& placeholders, YamlCache& cache) {
  FileRead read;
  const auto text = read_file(path, yaml_size_limit);
  if (!text) return {{}, Fault{0, text.error().what}};
  auto documents = cache.read(*text);
  if (!documents) return {{}, std::move(documents).error()};
  std::erase_if(*documents, [](const Tree& document) { return document.is(Tree::Kind::null); });  // after a last "---"
  if (documents->empty()) return {{}, Fault{0, "no rule in it"}};
  for (const auto& document : *documents) read.documents.push_back(read_document(document, placeholders));
  return read;
}

/// All cores share the files; most of the time goes into YAML, where the cache does not have it.
std::vector<FileRead> read_all(const std::vector<fs::path>& files, const Placeholders& placeholders, YamlCache& cache) {
  constexpr std::size_t files_a_thread = 32;
  std::vector<FileRead> all(files.size());
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (auto at = next++; at < files.size(); at = next++) all[at] = read_rule_file(files[at], placeholders, cache);
  };
  std::vector<std::jthread> threads;
  const auto cores = std::max(1U, std::thread::hardware_concurrency());
  for (unsigned at = 1; at < cores && at * files_a_thread < files.size(); ++at) threads.emplace_back(work);
  work();
  threads.clear();
  return all;
}

class Loader {
 public:
  explicit Loader(const LoadOptions& options) : collection_(options) {}
  void take(const fs::path& path, FileRead read) {
    if (read.fault) return reject(path, std::move(*read.fault));
    for (std::size_t at = 0; at < read.documents.size(); ++at) {
      auto& document = read.documents[at];
      if (!document) reject(path, std::move(document).error());
      else if (auto added = collection_.add(path, name_of(path, at), std::move(*document)); !added) reject(path, std::move(added).error());
    }
  }
  Loaded finish() {
    collection_.link([this](const fs::path& path, Fault why) { reject(path, std::move(why)); });
    auto rules = std::make_shared<const RuleSet>(std::move(collection_.rules));
    return {
        std::move(rules), std::move(rejected_), collection_.other_sources, std::move(collection_.correlations), collection_.filters, {}};
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
  auto kept = options.cache.empty() ? YamlCache{} : YamlCache::open(options.cache);
  auto cache = kept ? std::move(*kept) : YamlCache{};
  Loader loader{options};
  auto read = read_all(files, options.placeholders, cache);
  for (std::size_t at = 0; at < files.size(); ++at) loader.take(files[at], std::move(read[at]));
  auto loaded = loader.finish();
  if (!kept) loaded.cache_problem = std::move(kept).error();
  else if (auto saved = options.cache.empty() ? Result<>{} : cache.save(options.cache); !saved)
    loaded.cache_problem = std::move(saved).error();
  return loaded;
}

}  // namespace kulla::detect::sigma
