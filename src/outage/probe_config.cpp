#include "outage/probe_config.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include "base/file.hpp"
#include "base/path_text.hpp"
#include "base/toml.hpp"
#include "base/toml_reader.hpp"
#include "outage/ask.hpp"
#include "outage/ask_dns.hpp"
#include "outage/store_folder.hpp"

namespace kulla::outage {
using std::chrono::milliseconds;
namespace {
constexpr std::size_t file_limit = std::size_t{16} << 20;
constexpr milliseconds fastest{10}, slowest = std::chrono::hours{1};
constexpr milliseconds longest_timeout = std::chrono::minutes{1};  // more would keep thousands of dead connections
constexpr std::int64_t least_spool_mb = 16, most_spool_mb = std::int64_t{1} << 20;  // four segments; a TiB
constexpr std::int64_t most_days = 36'500, most_store_mb = std::int64_t{1} << 30;  // a hundred years; a PiB
constexpr int most_vantages = 1000, most_connections = 60'000;

struct Reading {
  std::string file;
  std::vector<std::string> problems{};
  TomlReader reader(const toml::table& table, std::string place) { return {table, file, std::move(place), problems}; }
};

milliseconds duration(TomlReader& reader, std::string_view key, milliseconds otherwise, milliseconds most) {
  const auto read = reader.duration(key, otherwise);
  if (read < fastest || read > most)
    reader.wrong(key, fmt::format("write a time from {} ms to {} s, as \"250ms\" or \"2s\"", fastest.count(), most.count() / 1000));
  return read;
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 && name[0] != 0 ? name.data() : "vantage";
}

/// That of the first start, as the store remembers it: a container has another host name each time, and is the same vantage.
std::string default_name(const std::filesystem::path& store) {
  const auto remembered = store.empty() ? std::nullopt : store::remembered_name(store);
  return remembered ? remembered->str() : host_name();
}

void read_report(TomlReader& reader, ProbeConfig& config) {
  config.daemon_key = reader.path("daemon_key", "");
  config.spool = reader.path("spool", std::filesystem::path{"spool"} / config.settings.vantage.str());
  config.spool_limit_mb = reader.integer("spool_limit_mb", config.spool_limit_mb, least_spool_mb, most_spool_mb);
  if (!reader.has("report")) return static_cast<void>(reader.text("report", ""));
  auto address = parse_address(reader.text("report"));
  if (!address) return reader.wrong("report", address.error().what);
  config.report = std::move(*address);
  if (config.key.empty()) reader.wrong("key", "is missing; the daemon knows a vantage by it: make one with 'kulla key new FILE'");
  if (config.daemon_key.empty()) reader.wrong("daemon_key", "is missing; name the FILE.pub of the key in [vantage] of the daemon's config");
}

void read_vantage(Reading& reading, const toml::table& table, ProbeConfig& config) {
  auto reader = reading.reader(table, "vantage.");
  auto& settings = config.settings;
  config.store = reader.path("store", config.store);
  settings.vantage = VantageId{reader.text("name", default_name(config.store))};
  settings.bind = reader.text("bind", "");
  settings.timeout = duration(reader, "timeout", settings.timeout, longest_timeout);
  settings.of = static_cast<int>(reader.integer("of", 1, 1, most_vantages));
  settings.slot = static_cast<int>(reader.integer("slot", 0, 0, most_vantages - 1));
  if (settings.slot >= settings.of)
    reader.wrong("slot", fmt::format("slots count from 0: write a number below `of`, which is {}", settings.of));
  config.key = reader.path("key", "");
  read_report(reader, config);
}

void read_notice_key(TomlReader& reader, ProbeSettings& settings) {
  const auto file = reader.path("notice_key", "");
  if (file.empty()) return;
  const auto key = read_public_key(file);
  if (!key) return reader.wrong("notice_key", fmt::format("{}; name the gate's FILE.pub", key.error().what));
  settings.notice_key = *key;
}

std::string certificates(TomlReader& reader) {
  const auto file = reader.path("ca", "");
  std::error_code error;
  if (!file.empty() && !std::filesystem::is_regular_file(file, error))
    reader.wrong("ca", fmt::format("{} is no file; name one with certificates in PEM", escape_path(file.native())));
  return file.string();
}

void read_settings(TomlReader& reader, ProbeConfig& config) {
  auto& settings = config.settings;
  config.store = reader.path("store", "");
  auto& retention = config.retention;
  retention.raw = std::chrono::days{reader.integer("keep_raw_days", retention.raw.count(), 2, most_days)};
  retention.limit =
      static_cast<std::uint64_t>(reader.integer("store_limit_mb", static_cast<std::int64_t>(retention.limit >> 20), 1, most_store_mb))
      << 20;
  settings.timeout = duration(reader, "timeout", settings.timeout, longest_timeout);
  settings.ca = certificates(reader);
  settings.trust_anchor = reader.path("trust_anchor", "");
  settings.user_agent_url = reader.text("user_agent_url", "");
  if (settings.user_agent_url.find_first_of("\r\n() ") != std::string::npos)
    reader.wrong("user_agent_url", "write a URL without spaces or brackets");
  settings.per_host = static_cast<int>(reader.integer("per_host", 0, 1, most_connections));
  for (const auto& text : reader.texts("resolvers")) {
    if (const auto server = parse_server(text)) settings.resolvers.push_back(*server);
    else reader.wrong("resolvers", fmt::format("'{}': write addresses, as \"192.0.2.53\" or \"[2001:db8::53]:5353\"", escape_path(text)));
  }
  read_notice_key(reader, settings);
}

Target read_target(Reading& reading, const toml::table& table) {
  auto reader = reading.reader(table, "target.");
  Target target;
  target.name = ServiceId{reader.text("name")};
  target.url = reader.text("url");
  target.address = reader.text("address", "");
  target.every = duration(reader, "every", target.every, slowest);
  target.group = reader.text("group", "");
  target.network = reader.text("network", "");
  target.institution = reader.text("institution", "");
  target.fingerprint = reader.text("fingerprint", "");
  target.good_status = reader.integers("status", {});
  target.service = ServiceId{reader.text("service", "")};
  target.ca = certificates(reader);
  target.http2 = reader.boolean("http2", false);
  if (reader.has("name") && target.name.empty()) reader.wrong("name", "is empty; write the service's name");
  if (std::ranges::any_of(target.good_status, [](int status) { return status < 100 || status > 599; }))
    reader.wrong("status", "write statuses from 100 to 599, as [200, 401]");
  if (target.url.empty()) return target;
  if (const auto aim = aim_at(target, ""); !aim) reader.wrong("url", aim.error().what);
  return target;
}

void read_targets(Reading& reading, TomlReader& root, ProbeConfig& config) {
  std::map<ServiceId, std::int64_t> lines;
  for (const auto* table : root.tables("target")) {
    auto target = read_target(reading, *table);
    const auto [found, fresh] = lines.emplace(target.name, table->source().begin.line);
    if (!fresh)
      reading.problems.push_back(fmt::format("{}:{}: target.name: '{}' is there already, in line {}; give each target a name of its own",
                                             reading.file, table->source().begin.line, escape_path(target.name.str()), found->second));
    config.settings.targets.push_back(std::move(target));
  }
  if (config.settings.targets.empty()) root.wrong("target", "there is none; add [[target]] with name and url");
}

void read_bgp(Reading& reading, const toml::table& table, ProbeConfig& config) {
  auto reader = reading.reader(table, "bgp.");
  BmpSettings bgp{.store = config.store};
  auto address = parse_address(reader.text("listen"));
  boost::system::error_code error;
  if (address) asio::ip::make_address(address->host, error);
  if (!address || error) reader.wrong("listen", "write an address of this host and a port, as \"192.0.2.9:11019\"");
  else bgp.listen = std::move(*address);
  for (const auto& text : reader.texts("routers")) {
    const auto router = asio::ip::make_address(text, error);
    if (error) reader.wrong("routers", fmt::format("'{}': write addresses, as [\"192.0.2.1\"]", escape_path(text)));
    else bgp.routers.push_back(router.to_string());
  }
  if (bgp.routers.empty()) reader.wrong("routers", "names none; write the addresses that routers connect from, as [\"192.0.2.1\"]");
  if (config.store.empty()) reader.wrong("listen", "what routers tell is kept in the store: name it with store = \"DIR\"");
  config.bgp = std::move(bgp);
}

ProbeConfig read_root(Reading& reading, const toml::table& table) {
  ProbeConfig config;
  auto root = reading.reader(table, "");
  read_settings(root, config);
  const toml::table none;
  const auto* vantage = root.table("vantage");
  read_vantage(reading, vantage ? *vantage : none, config);
  if (const auto* bgp = root.table("bgp")) read_bgp(reading, *bgp, config);
  read_targets(reading, root, config);
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
  Reading reading{file.string()};
  auto config = read_root(reading, table);
  if (!reading.problems.empty()) return fail(Code::bad_config, fmt::format("{}", fmt::join(reading.problems, "\n")));
  return config;
}

Result<ProbeConfig> read_probe_config(const std::filesystem::path& file) {
  KULLA_TRY(const auto text, read_file(file, file_limit));
  return parse_probe_config(text, file);
}
}  // namespace kulla::outage
