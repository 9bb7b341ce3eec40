#include "outage/probe_config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>
#include <set>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic pop

#include "base/file.hpp"
#include "base/path_text.hpp"
#include "base/toml.hpp"

namespace kulla::outage {
using std::chrono::milliseconds;
namespace {
constexpr std::size_t file_limit = std::size_t{16} << 20;
constexpr std::int64_t least_spool_mb = 16, most_spool_mb = std::int64_t{1} << 20;  // four segments; a TiB
constexpr milliseconds fastest{10}, slowest = std::chrono::hours{1};

/// One table of the file, read key by key; the first error is kept.
class Section {
 public:
  Section(const toml::table& table, std::string name, const std::filesystem::path& file)
      : table_(table), name_(std::move(name)), file_(file) {}

  std::string text(std::string_view key, bool needed) {
    known_.insert(std::string(key));
    const auto* node = table_.get(key);
    if (!node) {
      if (needed) wrong(table_, fmt::format("{}: '{}' is missing", name_, key));
      return {};
    }
    const auto* value = node->as_string();
    if (!value || value->get().empty()) wrong(*node, fmt::format("{}: '{}' is to be a text in quotes", name_, key));
    return value ? value->get() : std::string{};
  }
  milliseconds duration(std::string_view key, milliseconds otherwise) {
    const auto written = text(key, false);
    if (written.empty()) return otherwise;
    const auto parsed = parse_duration(written);
    if (!parsed || *parsed < fastest || *parsed > slowest)
      wrong(*table_.get(key), fmt::format("{}: '{}': write a time from 10ms to 60m, like \"250ms\" or \"2s\"", name_, key));
    return parsed.value_or(otherwise);
  }
  std::int64_t integer(std::string_view key, std::int64_t otherwise, std::int64_t least, std::int64_t most) {
    known_.insert(std::string(key));
    const auto* node = table_.get(key);
    if (!node) return otherwise;
    const auto value = node->is_integer() ? node->value<std::int64_t>() : std::nullopt;
    if (value && *value >= least && *value <= most) return *value;
    wrong(*node, fmt::format("{}: '{}': write a whole number from {} to {}", name_, key, least, most));
    return otherwise;
  }
  /// After all keys were asked for: any other is a slip of the pen.
  void no_others() {
    for (const auto& [key, node] : table_)
      if (!known_.contains(std::string(key.str())))
        wrong(node, fmt::format("{}: unknown key '{}'; known keys: {}", name_, escape_path(key.str()), fmt::join(known_, ", ")));
  }
  void wrong(const toml::node& node, const std::string& why) {
    if (!error_) error_ = Error{Code::bad_config, fmt::format("{}:{}: {}", file_.string(), node.source().begin.line, why)};
  }
  [[nodiscard]] Result<> result() const { return error_ ? Result<>{std::unexpected(*error_)} : Result<>{}; }
  [[nodiscard]] const toml::table& table() const { return table_; }

 private:
  const toml::table& table_;
  std::string name_;
  const std::filesystem::path& file_;
  std::set<std::string> known_;
  std::optional<Error> error_;
};

Result<> read_vantage(Section& section, ProbeConfig& config, const std::filesystem::path& folder) {
  const auto beside = [&](const std::string& path) { return path.empty() ? std::filesystem::path{} : folder / path; };
  config.settings.vantage = VantageId{section.text("name", true)};
  config.settings.bind = section.text("bind", false);
  config.settings.timeout = section.duration("timeout", config.settings.timeout);
  config.key = beside(section.text("key", true));
  config.store = beside(section.text("store", false));
  if (const auto report = section.text("report", false); !report.empty()) {
    if (auto address = parse_address(report)) config.report = std::move(*address);
    else section.wrong(*section.table().get("report"), fmt::format("report: {}", address.error().what));
  }
  config.daemon_key = beside(section.text("daemon_key", false));
  config.spool = beside(section.text("spool", false));
  if (config.spool.empty()) config.spool = folder / "spool" / config.settings.vantage.str();
  config.spool_limit_mb = section.integer("spool_limit_mb", config.spool_limit_mb, least_spool_mb, most_spool_mb);
  if (config.report && config.daemon_key.empty())
    section.wrong(
        *section.table().get("report"),
        "vantage: 'daemon_key' is missing: the public key file (FILE.pub) of the key that the daemon's config names in [vantage] key");
  section.no_others();
  return section.result();
}

Result<Target> read_target(Section section) {
  Target target;
  target.name = ServiceId{section.text("name", true)};
  target.url = section.text("url", true);
  target.address = section.text("address", false);
  target.every = section.duration("every", target.every);
  section.no_others();
  KULLA_CHECK(section.result());
  return target;
}

Result<> read_targets(const toml::table& root, ProbeConfig& config, const std::filesystem::path& file) {
  const auto* list = root["target"].as_array();
  if (!list || list->empty()) return fail(Code::bad_config, fmt::format("{}: no [[target]]", file.string()));
  std::set<ServiceId> names;
  for (const auto& node : *list) {
    const auto* table = node.as_table();
    if (!table) return fail(Code::bad_config, fmt::format("{}:{}: write [[target]]", file.string(), node.source().begin.line));
    KULLA_TRY(auto target, read_target({*table, "target", file}));
    if (!names.insert(target.name).second)
      return fail(Code::bad_config, fmt::format("{}:{}: target '{}' is there twice", file.string(), node.source().begin.line,
                                                escape_path(target.name.str())));
    config.settings.targets.push_back(std::move(target));
  }
  return {};
}

Result<ProbeConfig> read_root(const toml::table& root, const std::filesystem::path& file) {
  for (const auto& [key, node] : root)
    if (key.str() != "vantage" && key.str() != "target")
      return fail(Code::bad_config, fmt::format("{}:{}: unknown key '{}'; known: vantage, target", file.string(), node.source().begin.line,
                                                escape_path(key.str())));
  const auto* vantage = root["vantage"].as_table();
  if (!vantage) return fail(Code::bad_config, fmt::format("{}: no [vantage]", file.string()));
  ProbeConfig config;
  Section section{*vantage, "vantage", file};
  KULLA_CHECK(read_vantage(section, config, file.parent_path()));
  KULLA_CHECK(read_targets(root, config, file));
  return config;
}
}  // namespace

Result<milliseconds> parse_duration(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::int64_t>, 3> units{{{"ms", 1}, {"s", 1000}, {"m", 60'000}}};
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view unit{end, static_cast<std::size_t>(text.data() + text.size() - end)};
  const auto found = std::ranges::find(units, unit, &std::pair<std::string_view, std::int64_t>::first);
  constexpr std::int64_t most = 1'000'000'000;
  if (error != std::errc{} || found == units.end() || count < 0 || count > most)
    return fail(Code::bad_argument, fmt::format("'{}': write a time like 250ms, 2s or 1m", escape_path(text)));
  return milliseconds{count * found->second};
}

Result<ProbeConfig> parse_probe_config(std::string_view text, const std::filesystem::path& file) {
  KULLA_TRY(const auto table, parse_toml(text, file.string()));
  return read_root(table, file);
}

Result<ProbeConfig> read_probe_config(const std::filesystem::path& file) {
  KULLA_TRY(const auto text, read_file(file, file_limit));
  return parse_probe_config(text, file);
}
}  // namespace kulla::outage
