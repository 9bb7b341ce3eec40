#include "daemon/config.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include "backup/sample.hpp"
#include "base/file.hpp"
#include "base/toml_reader.hpp"
#include "gate/countries.hpp"
#include "incident/policy.hpp"
#include "serve/oidc.hpp"

namespace kulla::daemon {
namespace {
constexpr std::int64_t most_days = 36'500, most_store_mb = std::int64_t{1} << 30;  // a hundred years; a PiB
constexpr std::size_t config_limit = std::size_t{16} << 20;  // 1,225 services take about 500 kB

struct Reading {
  std::string file;
  std::vector<std::string> problems;
  Config config;
  TomlReader reader(const toml::table& table, std::string place) { return {table, file, std::move(place), problems}; }
};

/// Names go into maps, logs and file names: lower-case letters, digits, '-', '_' and '.'.
bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && name.front() != '.' &&
         std::ranges::all_of(name, [](unsigned char c) { return std::islower(c) || std::isdigit(c) || c == '-' || c == '_' || c == '.'; });
}
template <typename IdType>
IdType read_id(TomlReader& reader, std::string_view key) {
  auto name = reader.text(key);
  if (reader.has(key) && !is_name(name)) reader.wrong(key, "use 1 to 64 lower-case letters, digits, '-', '_' and '.'");
  return IdType{std::move(name)};
}
template <typename IdType>
std::vector<IdType> read_ids(TomlReader& reader, std::string_view key) {
  std::vector<IdType> ids;
  for (auto& name : reader.texts(key)) ids.emplace_back(std::move(name));
  return ids;
}
std::optional<PublicKey> read_key(TomlReader& reader, std::string_view key) {
  const auto path = reader.path(key);
  if (path.empty()) return {};
  auto read = read_public_key(path);
  if (!read) reader.wrong(key, read.error().message());
  return read ? std::optional{*read} : std::nullopt;
}
std::string read_address(TomlReader& reader, std::string_view key, std::optional<std::string> otherwise) {
  auto text = reader.text(key, std::move(otherwise));
  const auto colon = text.rfind(':');
  const auto port = colon == std::string::npos ? "" : text.substr(colon + 1);
  const bool well =
      text.empty() || (colon > 0 && !port.empty() && port.size() <= 5 &&
                       std::ranges::all_of(port, [](unsigned char c) { return std::isdigit(c); }) && std::stoi(port) <= 65535);
  if (!well) reader.wrong(key, "write it as \"HOST:PORT\"");
  return text;
}

void read_mode(TomlReader& top, Config& config) {
  const auto mode = top.text("mode", "advise");
  if (mode == "act") config.mode = Mode::act;
  else if (mode != "advise") top.wrong("mode", "write \"advise\" or \"act\"");
}

void read_ledger(Reading& reading, TomlReader& top) {
  const auto* table = top.table("ledger");
  if (!table) return top.wrong("ledger", "the table [ledger] is missing");
  auto reader = reading.reader(*table, "ledger.");
  reading.config.ledger_path = reader.path("path");
  reading.config.ledger_key = reader.path("key");
  for (auto& file : reader.paths("witness")) reading.config.witnesses.push_back({std::move(file), {}});
  if (auto command = reader.texts("witness_command"); !command.empty()) reading.config.witnesses.push_back({{}, std::move(command)});
}

void read_policy(Reading& reading, TomlReader& top) {
  const auto* table = top.table("policy");
  if (!table) return;
  auto reader = reading.reader(*table, "policy.");
  auto& policy = reading.config.policy;
  policy.guard_at = reader.thousandths("guard_at", policy.guard_at);
  policy.close_at = reader.thousandths("close_at", policy.close_at);
  policy.half_life = reader.duration("half_life", policy.half_life);
  policy.machine_share_percent = static_cast<int>(reader.integer("machine_share_percent", policy.machine_share_percent, 0, 100));
  policy.report_max_age = reader.duration("report_max_age", policy.report_max_age);
  policy.guard_quiet = reader.duration("guard_quiet", policy.guard_quiet);
  policy.block_after = reader.thousandths("block_after", policy.block_after);
  policy.block_for = reader.duration("block_for", policy.block_for);
  policy.trial_steps = reader.integers("trial_steps", policy.trial_steps);
  policy.prove_every = reader.duration("prove_every", policy.prove_every);
  policy.trial_step = reader.duration("trial_step", policy.trial_step);
  policy.agreement_slack = reader.duration("agreement_slack", policy.agreement_slack);
  reading.config.tick = reader.duration("tick", reading.config.tick);
  reading.config.read_back = reader.duration("read_back", reading.config.read_back);
  const auto& steps = policy.trial_steps;
  policy.read_only_to = static_cast<int>(reader.integer("read_only_to", policy.read_only_to, 0, 100));
  policy.domestic_to = static_cast<int>(reader.integer("domestic_to", policy.domestic_to, 0, 100));
  const bool rising = std::ranges::is_sorted(steps) && std::ranges::adjacent_find(steps) == steps.end();
  if (!rising || steps.empty() || steps.front() < 1 || steps.back() > (incident::limit_at(policy, 100) ? 100 : 99))
    reader.wrong("trial_steps", "write rising percentages from 1 to 99, as [1, 10, 50]; 100 with read_only_to or domestic_to");
  if (policy.close_at < policy.guard_at) reader.wrong("close_at", "must not be below guard_at");
}

void read_domestic(TomlReader& reader, gate::Settings& gate) {
  gate.domestic = reader.texts("domestic");
  for (const auto& network : gate.domestic)
    if (!gate::is_network(network)) reader.wrong("domestic", fmt::format("\"{}\": write networks as \"192.0.2.0/24\"", network));
  const auto countries = reader.texts("domestic_countries");
  const auto database = reader.path("domestic_database", "");
  if (database.empty() != countries.empty())
    return reader.wrong("domestic_database", "a database and the countries' codes belong together, as [\"AL\"]");
  if (database.empty()) return;
  auto networks = gate::networks_of(database, countries);
  if (networks) gate.domestic.insert(gate.domestic.end(), networks->begin(), networks->end());
  else reader.wrong("domestic_database", networks.error().what);
}

void read_gate(Reading& reading, TomlReader& top) {
  const auto* table = top.table("gate");
  if (!table) return top.wrong("gate", "the table [gate] is missing");
  auto reader = reading.reader(*table, "gate.");
  auto& gate = reading.config.gate;
  gate.folder = reader.path("folder");
  gate.http = read_address(reader, "http", "");
  gate.https = read_address(reader, "https", "");
  gate.certificate = reader.path("certificate", "");
  gate.log = read_address(reader, "log", "");
  gate.threads = static_cast<int>(reader.integer("threads", 0, 0, 64));
  gate.retry_after = std::chrono::duration_cast<std::chrono::seconds>(reader.duration("retry_after", gate.retry_after));
  gate.status_page = reader.text("status_page", "");
  reading.config.notice_key = reader.path("notice_key", "");
  read_domestic(reader, gate);
  if (reading.config.policy.domestic_to > 0 && gate.domestic.empty())
    reader.wrong("domestic", "policy.domestic_to needs the country's networks: domestic, or domestic_database with domestic_countries");
  if (gate.http.empty() && gate.https.empty()) reader.wrong("http", "name an address for http or https");
  if (!gate.https.empty() && gate.certificate.empty()) reader.wrong("certificate", "https needs a certificate: a PEM file with its key");
}

void read_systems(Reading& reading, TomlReader& top) {
  for (const auto* table : top.tables("system")) {
    auto reader = reading.reader(*table, "system.");
    System system{read_id<SystemId>(reader, "id"), read_ids<SystemId>(reader, "shares_with")};
    SystemPlace place;
    place.host = reader.text("host", "");
    place.root = place.host.empty() ? reader.path("root") : std::filesystem::path(reader.text("root", "/"));
    place.baseline = reader.path("baseline");
    place.copy = reader.boolean("copy", false);
    place.watch = reader.texts("watch");
    for (const auto& folder : place.watch)
      if (folder.empty() || folder.front() == '/') reader.wrong("watch", fmt::format("\"{}\": folders below root, as \"var/www\"", folder));
    place.inspection.offline = reader.boolean("offline", false);
    place.yara = reader.paths("yara");
    if (const auto rules = reader.path("rules", ""); !rules.empty()) {
      if (auto read = inspect::Rules::read(rules)) place.inspection.rules = std::move(*read);
      else reader.wrong("rules", read.error().what);
    }
    if (!reading.config.systems.emplace(system.id, std::move(place)).second)
      reader.wrong("id", fmt::format("system \"{}\" is named twice", system.id.str()));
    reading.config.catalogue.sensors.push_back({SensorId{"files:" + system.id.str()}, false, {system.id}});
    reading.config.catalogue.systems.push_back(std::move(system));
  }
}

void read_datasets(Reading& reading, TomlReader& top) {
  for (const auto* table : top.tables("dataset")) {
    auto reader = reading.reader(*table, "dataset.");
    Dataset dataset{read_id<DatasetId>(reader, "id"), read_id<SystemId>(reader, "system")};
    DatasetPlace place{{reader.text("repository"), reader.path("password_file"), reader.path("cache", "")},
                       reader.text("tag", dataset.id.str()),
                       reader.path("folder")};
    place.alive = reader.texts("alive");
    place.sample = reader.integer("sample", 0, 0, backup::sample_most);
    place.kept = reader.duration("kept", place.kept);
    place.inspect = reader.boolean("inspect", true);
    place.yara = reader.paths("yara");
    // A repository without a scheme is a path, relative to the config as all paths.
    if (place.repository.location.find(':') == std::string::npos) place.repository.location = reader.path("repository").string();
    if (!reading.config.systems.contains(dataset.system))
      reader.wrong("system", fmt::format("unknown system \"{}\"", dataset.system.str()));
    if (place.sample > 0) dataset.sample = place.sample;
    dataset.alive = !place.alive.empty();
    dataset.inspected = place.inspect;
    if (!reading.config.datasets.emplace(dataset.id, std::move(place)).second)
      reader.wrong("id", fmt::format("data set \"{}\" is named twice", dataset.id.str()));
    reading.config.catalogue.datasets.push_back(std::move(dataset));
  }
}

template <typename Map>
std::string known_names(const Map& map) {
  std::string names;
  std::size_t shown = 0;
  for (const auto& [id, value] : map) {
    if (++shown > 8) return names + ", …";
    names += (names.empty() ? "" : ", ") + id.str();
  }
  return names.empty() ? "none" : names;
}

void check_service(TomlReader& reader, const Reading& reading, const Service& service) {
  const bool host_well = !service.host.empty() && std::ranges::all_of(service.host, [](unsigned char c) {
    return std::islower(c) || std::isdigit(c) || c == '-' || c == '.';
  }) && service.host.back() != '.';
  if (!host_well) reader.wrong("host", "write the host name in lower case, without port or trailing dot");
  const bool path_well = service.path.starts_with('/') && std::ranges::all_of(service.path, [](unsigned char c) {
                           return std::isalnum(c) || c == '/' || c == '-' || c == '_';
                         });
  if (!path_well || (service.path.size() > 1 && service.path.ends_with('/')) || service.path.find("//") != std::string::npos)
    reader.wrong("path", "write it as \"/\" or \"/name\": letters, digits, '-', '_', no '/' at the end");
  if (service.systems.empty()) reader.wrong("systems", "name at least one system: it is what gets verified");
  for (const auto& system : service.systems)
    if (!reading.config.systems.contains(system))
      reader.wrong("systems", fmt::format("service \"{}\": unknown system \"{}\"; known systems: {}", service.id.str(), system.str(),
                                          known_names(reading.config.systems)));
  for (const auto& dataset : service.datasets)
    if (!reading.config.datasets.contains(dataset))
      reader.wrong("datasets", fmt::format("service \"{}\": unknown data set \"{}\"; known data sets: {}", service.id.str(), dataset.str(),
                                           known_names(reading.config.datasets)));
}

void read_services(Reading& reading, TomlReader& top) {
  std::set<std::string> routes;
  std::set<ServiceId> names;
  for (const auto* table : top.tables("service")) {
    auto reader = reading.reader(*table, "service.");
    Service service{read_id<ServiceId>(reader, "id"),
                    reader.text("host"),
                    reader.text("path", "/"),
                    read_ids<SystemId>(reader, "systems"),
                    read_ids<DatasetId>(reader, "datasets"),
                    reader.text("owner", ""),
                    reader.boolean("protected", false)};
    if (reader.has("priority")) service.priority = reader.integer("priority", 1, 1, 1'000'000);
    auto presented = read_service_presentation(reader);
    if (!presented.institution.empty() && !knows_institution(reading.config.pages, presented.institution))
      reader.wrong("institution", fmt::format("unknown institution \"{}\": name it in an [[institution]]", presented.institution));
    reading.config.pages.services.emplace(service.id, std::move(presented));
    check_service(reader, reading, service);
    if (!names.insert(service.id).second) reader.wrong("id", fmt::format("service \"{}\" is named twice", service.id.str()));
    if (!routes.insert(service.host + service.path).second)
      reader.wrong("path", fmt::format("another service is at {}{} already", service.host, service.path));
    const auto root = reader.path("document_root", "");
    if (!root.empty() && !service.systems.empty())
      if (const auto place = reading.config.systems.find(service.systems.front()); place != reading.config.systems.end())
        place->second.document_roots[service.id] = root;
    reading.config.gate.backends.push_back({service, read_address(reader, "upstream", std::nullopt)});
    reading.config.catalogue.services.push_back(std::move(service));
  }
  if (names.empty()) top.wrong("service", "name at least one [[service]]");
}

/// The notice page leads to the status page, and where kulla writes that one, to the service's own page.
void read_status_page(Reading& reading, TomlReader& top) {
  const auto* table = top.table("status");
  if (!table) return;
  auto reader = reading.reader(*table, "status.");
  read_status(reader, reading.config.pages);
  auto& gate = reading.config.gate;
  const auto& url = reading.config.pages.status.url;
  if (gate.status_page.empty()) gate.status_page = url;
  if (gate.status_page == url) gate.status_languages = reading.config.pages.status.languages;
}

void read_recovery(Reading& reading, TomlReader& top) {
  const auto* table = top.table("recovery");
  if (!table) return;
  auto reader = reading.reader(*table, "recovery.");
  Recovery recovery;
  for (const auto& path : reader.paths("keys")) {
    const auto key = read_public_key(path);
    if (!key) reader.wrong("keys", key.error().message());
    else if (std::ranges::count(recovery.keys, *key)) reader.wrong("keys", fmt::format("{}: named twice", path.string()));
    else recovery.keys.push_back(*key);
  }
  recovery.needed = reader.integer("needed", 0, 2, 100);
  if (std::cmp_greater(recovery.needed, recovery.keys.size()))
    reader.wrong("needed", fmt::format("{} of {} keys can never be had", recovery.needed, recovery.keys.size()));
  reading.config.catalogue.recovery = std::move(recovery);
}

std::vector<ServiceId> read_approved(const Reading& reading, TomlReader& reader) {
  auto services = read_ids<ServiceId>(reader, "services");
  if (services.empty()) reader.wrong("services", "is empty: leave it out, and they may approve every service, or name some");
  for (auto each = services.begin(); each != services.end(); ++each) {
    if (!std::ranges::count(reading.config.catalogue.services, *each, &Service::id))
      reader.wrong("services", fmt::format("unknown service \"{}\"", each->str()));
    if (std::find(services.begin(), each, *each) != each) reader.wrong("services", fmt::format("\"{}\" stands twice", each->str()));
  }
  return services;
}

void read_people(Reading& reading, TomlReader& top) {
  for (const auto* table : top.tables("approver")) {
    auto reader = reading.reader(*table, "approver.");
    const auto person = read_id<PersonId>(reader, "person");
    const auto key = read_key(reader, "key");
    for (const auto& other : reading.config.catalogue.approvers) {
      if (other.person == person) reader.wrong("person", fmt::format("\"{}\" is named twice", person.str()));
      if (key && other.key == *key)
        reader.wrong("key", fmt::format("\"{}\" and \"{}\" have the same key; two people, two keys", other.person.str(), person.str()));
    }
    Approver approver{person, key.value_or(PublicKey{})};
    if (reader.has("services")) approver.services = read_approved(reading, reader);
    if (reader.has("until")) {
      const auto until = parse_rfc3339(reader.text("until"));
      if (until) approver.until = *until;
      else reader.wrong("until", until.error().message());
    }
    if (key) reading.config.catalogue.approvers.push_back(std::move(approver));
  }
  read_recovery(reading, top);
  const auto& approvers = reading.config.catalogue.approvers;
  const auto named = approvers.size();
  if (named >= incident::approvals_needed && std::ranges::count_if(approvers, [](const Approver& each) { return !each.services; }) < 2)
    top.wrong("approver", "two must be named without services: else something that is closed, or added later, could stay closed for ever");
  if (reading.config.mode == Mode::act && named < incident::approvals_needed)
    top.wrong(
        "approver",
        fmt::format("{} named: what mode \"act\" closes opens only with two people's approvals; name at least two, better three", named));
}

void read_baselines(Reading& reading, TomlReader& top) {
  const auto* table = top.table("baselines");
  if (!table) return;
  auto reader = reading.reader(*table, "baselines.");
  for (const auto& path : reader.paths("trust")) {
    auto key = read_public_key(path);
    if (key) reading.config.trusted_baselines.push_back(*key);
    else reader.wrong("trust", key.error().message());
  }
}

void read_vantage_key(Reading& reading, TomlReader& reader) {
  const auto key = reading.config.vantage_key = reader.path("key", "");
  if (reading.config.vantage_listen.empty()) return;
  constexpr std::string_view remedy =
      "vantages know the daemon by a key of its own: 'kulla key new FILE', FILE here and FILE.pub as their daemon_key";
  if (key.empty()) reader.wrong("key", fmt::format("is missing; {}", remedy));
  else if (!std::filesystem::exists(key)) reader.wrong("key", fmt::format("{}: no such file; {}", key.string(), remedy));
}

void read_vantage(Reading& reading, TomlReader& top) {
  const auto* table = top.table("vantage");
  if (!table) return;
  auto reader = reading.reader(*table, "vantage.");
  reading.config.vantage_listen = read_address(reader, "listen", "");
  reading.config.vantages_every =
      std::chrono::duration_cast<std::chrono::milliseconds>(reader.duration("every", reading.config.vantages_every));
  auto& retention = reading.config.vantages_retention;
  retention.raw = std::chrono::days{reader.integer("keep_raw_days", retention.raw.count(), 2, most_days)};
  retention.limit =
      static_cast<std::uint64_t>(reader.integer("store_limit_mb", static_cast<std::int64_t>(retention.limit >> 20), 1, most_store_mb))
      << 20;
  read_vantage_key(reading, reader);
  for (const auto* each : reader.tables("trusted")) {
    auto trusted = reading.reader(*each, "vantage.trusted.");
    const auto id = read_id<VantageId>(trusted, "id");
    const auto key = read_key(trusted, "key");
    if (!key) continue;
    for (const auto& [other, known] : reading.config.vantages) {
      if (other == id) trusted.wrong("id", fmt::format("vantage \"{}\" is named twice", id.str()));
      else if (known == *key) trusted.wrong("key", fmt::format("\"{}\" has this key too; each vantage has its own", other.str()));
    }
    reading.config.vantages[id] = *key;
  }
}

void read_oidc(Reading& reading, TomlReader& console) {
  const auto* table = console.table("oidc");
  if (!table) return;
  auto reader = reading.reader(*table, "console.oidc.");
  serve::OidcSettings oidc{.issuer = reader.text("issuer", ""),
                           .client = reader.text("client", ""),
                           .secret = reader.path("secret", ""),
                           .return_url = reader.text("return_url", ""),
                           .roles = {}};
  oidc.person_claim = reader.text("person_claim", oidc.person_claim);
  oidc.roles_claim = reader.text("roles_claim", oidc.roles_claim);
  if (const auto* roles = reader.table("roles"))
    for (const auto& [claim, value] : *roles) {
      const auto role = serve::role_of(value.value_or(std::string_view{}));
      if (role) oidc.roles.emplace(claim.str(), *role);
      else reader.wrong("roles", fmt::format("\"{}\": write viewer, operator, approver, press or auditor", claim.str()));
    }
  for (const auto& problem : serve::problems_of(oidc)) reader.wrong(problem.key, problem.what);
  reading.config.console.oidc = std::move(oidc);
}

void read_console(Reading& reading, TomlReader& top) {
  const auto* table = top.table("console");
  if (!table) return;
  auto reader = reading.reader(*table, "console.");
  auto& console = reading.config.console;
  console.listen = read_address(reader, "listen", std::nullopt);
  console.certificate = reader.path("certificate", "");
  console.accounts = reader.has("oidc") ? reader.path("accounts", "") : reader.path("accounts");
  console.hosts = reader.texts("hosts");
  read_oidc(reading, reader);
  const bool from_here =
      console.listen.starts_with("127.") || console.listen.starts_with("[::1]:") || console.listen.starts_with("localhost:");
  if (console.certificate.empty() && !from_here)
    reader.wrong("certificate", "name a PEM file with chain and key; only a loopback address goes without");
}

void read_detect(Reading& reading, TomlReader& top) {
  const auto* table = top.table("detect");
  if (!table) return;
  auto reader = reading.reader(*table, "detect.");
  reading.config.detect.rules = reader.paths("rules");
  if (table->contains("backtests")) reading.config.detect.backtests = reader.paths("backtests");
  reading.config.detect.noise_budget = static_cast<double>(reader.integer("noise_budget", 1, 0, 1'000'000));
  if (const auto* failures = reader.table("failures")) {
    auto inner = reading.reader(*failures, "detect.failures.");
    auto& rate = reading.config.detect.failure_rate;
    rate.failures = static_cast<int>(inner.integer("failures", rate.failures, 1, 100'000));
    rate.window = std::chrono::duration_cast<std::chrono::seconds>(inner.duration("window", rate.window));
  }
}

/// Formats whose records can be read as they come: those that need the whole input, or its beginning, cannot.
constexpr std::array live_formats{event::Format::ndjson, event::Format::syslog, event::Format::journald, event::Format::auditd,
                                  event::Format::web_access};

void read_logs(Reading& reading, TomlReader& top) {
  std::set<std::string> names;
  for (const auto* table : top.tables("log")) {
    auto reader = reading.reader(*table, "log.");
    const auto id = read_id<SystemId>(reader, "id").str();
    LogPlace place{{SensorId{"log:" + id}, read_id<SystemId>(reader, "system")}, {}, read_address(reader, "listen", ""), {}};
    place.file = reader.path("file", "");
    const auto format = reader.text("format");
    const auto known = event::format_from(format);
    if (!known || std::ranges::find(live_formats, *known) == live_formats.end())
      reader.wrong("format", "write \"ndjson\", \"syslog\", \"journald\", \"auditd\" or \"web_access\"");
    else place.format = *known;
    const auto means = reader.text("means", "attempt");
    if (means == "effect") place.log.nature = Nature::effect;
    else if (means != "attempt") reader.wrong("means", "write \"attempt\", or \"effect\" where strangers cannot write what the log says");
    if (place.listen.empty() == place.file.empty()) reader.wrong("file", "name either file or listen");
    const bool from_here = place.listen.starts_with("127.") || place.listen.starts_with("::1:");
    if (place.log.nature == Nature::effect && !place.listen.empty() && !from_here)
      reader.wrong("listen", "with means = \"effect\" only 127.0.0.1 may be listened on: whoever reaches it could close services");
    if (!names.insert(id).second) reader.wrong("id", fmt::format("log \"{}\" is named twice", id));
    if (!reading.config.systems.contains(place.log.system))
      reader.wrong("system",
                   fmt::format("unknown system \"{}\"; known systems: {}", place.log.system.str(), known_names(reading.config.systems)));
    reading.config.catalogue.sensors.push_back({place.log.sensor, false, {place.log.system}});
    reading.config.logs.push_back(std::move(place));
  }
  if (!reading.config.logs.empty() && reading.config.detect.rules.empty())
    top.wrong("log", "a [[log]] is looked at by rules: name some in [detect] rules");
}

void read_all(Reading& reading, const toml::table& table) {
  auto top = reading.reader(table, "");
  auto& config = reading.config;
  read_mode(top, config);
  config.state = top.path("state");
  config.control = top.path("control");
  config.control_group = top.text("control_group", "");
  config.inspections_at_once = static_cast<int>(top.integer("inspections_at_once", 2, 1, 64));
  read_ledger(reading, top);
  read_policy(reading, top);
  read_gate(reading, top);
  read_baselines(reading, top);
  read_systems(reading, top);
  read_datasets(reading, top);
  for (const auto* each : top.tables("institution")) {
    auto reader = reading.reader(*each, "institution.");
    read_institution(reader, config.pages);
  }
  read_services(reading, top);
  read_status_page(reading, top);
  read_people(reading, top);
  read_vantage(reading, top);
  read_console(reading, top);
  read_detect(reading, top);
  config.detect.cache = config.state / "rules.cache";
  read_logs(reading, top);
  config.statement = read_statement(top, reading.file, reading.problems);
  config.catalogue.sensors.push_back({SensorId{"gate"}, true, {}});
}
}  // namespace

std::expected<Config, Problems> read_config(const std::filesystem::path& file) {
  const auto text = read_file(file, config_limit);
  if (!text) return std::unexpected(Problems{{text.error().message()}});
  Reading reading{file.string(), {}, {}};
  reading.config.file = file;
  const auto table = parse_toml(*text, file.string());
  if (!table) return std::unexpected(Problems{{table.error().what}});
  read_all(reading, *table);
  if (!reading.problems.empty()) return std::unexpected(Problems{std::move(reading.problems)});
  return std::move(reading.config);
}
}  // namespace kulla::daemon
