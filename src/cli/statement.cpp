// kulla statement: what may be said to the public now, and why; from the daemon, or from a ledger by anyone who has it and its key.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>

#include "base/file.hpp"
#include "base/shown_text.hpp"
#include "cli/client.hpp"
#include "cli/command.hpp"
#include "daemon/statement_record.hpp"
#include "daemon/statements.hpp"
#include "ledger/ledger.hpp"
#include "notify/statement_json.hpp"

namespace kulla::cli {
namespace {
constexpr std::size_t text_limit = statement_limits::text_bytes;
constexpr std::size_t facts_shown = 8;  // of a sentence, to a person; --format ndjson has them all

struct StatementChoice {
  std::shared_ptr<ClientOptions> client;
  std::string lang, ledger, trust, at, zone = daemon::default_zone, cap, sender;
  int max_age = 60;
  std::string version, shown_at;        // release
  std::vector<std::string> texts, sentences;
};

// --- from a ledger

Result<notify::Record> record_of_ledger(const StatementChoice& choice) {
  if (choice.trust.empty()) return fail(Code::bad_argument, "--ledger: name the key that it is to be signed by, with --trust");
  KULLA_TRY(const auto key, read_public_key(choice.trust));
  auto now = SystemClock{}.now().wall;
  if (!choice.at.empty()) {
    KULLA_TRY(now, parse_rfc3339(choice.at));
  }
  KULLA_TRY(const auto verified, ledger::verify(choice.ledger, {key, {}, {}, {}}));
  if (!verified.ok) return fail(Code::ledger_corrupt, fmt::format("{}: {}", choice.ledger, verified.problem));
  daemon::StatementRecord fold{std::chrono::minutes{choice.max_age}};
  std::optional<Error> bad;
  KULLA_CHECK(ledger::read(choice.ledger, [&](const ledger::Entry& entry) {
    if (entry.number > verified.head.number) return;  // came while we read, and is not verified
    const auto value = parse_json(entry.bytes);
    const auto fact = value ? fact_from_json(*value) : Result<Fact>{std::unexpected(value.error())};
    if (!fact) bad = fact.error();
    else if (fact->at.wall <= now) fold.take(entry.number, *fact);
  }));
  if (bad) return std::unexpected(std::move(*bad).in(choice.ledger));
  auto record = fold.record();
  record.now = now;
  return record;
}

Result<std::string> cap_of(notify::Record record, const notify::Judged& judged, const notify::Languages& languages,
                           const notify::Zone& zone, const StatementChoice& choice) {
  if (!notify::is_mail_address(choice.sender))
    return fail(Code::bad_argument, "--sender: a CAP message names its sender like an address, as \"statements@gov.example\"");
  const bool draft = record.releases.empty();
  if (draft) record = notify::with_draft(std::move(record), judged, languages, zone);
  notify::OutletSettings settings;
  settings.cap = notify::CapSettings{.file = {}, .sender = choice.sender, .sender_name = {}, .area = {}};
  return notify::cap_message({record, languages, zone, settings, {}, draft});
}

/// As the daemon answers.
Result<json::object> from_ledger(const StatementChoice& choice) {
  KULLA_TRY(const auto languages, notify::built_in_languages());
  KULLA_TRY(const auto zone, notify::Zone::named(choice.zone));
  const auto language = choice.lang.empty() ? languages.begin() : languages.find(choice.lang);
  if (language == languages.end())
    return fail(Code::bad_argument,
                fmt::format("--lang {}: there are sentences in: {}", choice.lang, fmt::join(notify::codes_of(languages), ", ")));
  KULLA_TRY(const auto record, record_of_ledger(choice));
  const auto judged = notify::judge(record);
  auto answer = notify::statement_json(record, judged, language->second, zone);
  if (!choice.cap.empty()) {
    KULLA_TRY(answer["cap"], cap_of(record, judged, languages, zone, choice));
  }
  return answer;
}

Result<json::object> from_daemon(const StatementChoice& choice) {
  KULLA_TRY(auto client, connect(*choice.client));
  KULLA_TRY(auto answers, client.ask({{"command", "statement"}, {"lang", choice.lang}, {"cap", !choice.cap.empty()}}));
  if (answers.size() != 1) return fail(Code::bad_json, "the daemon answered something else than a statement");
  return std::move(answers.front());
}

// --- for people

std::string text_in(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value && value->is_string() ? shown_text(value->get_string()) : "";
}
std::int64_t number_in(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value && value->is_int64() ? value->get_int64() : 0;
}
std::vector<json::object> list_in(const json::object& object, std::string_view key) {
  std::vector<json::object> list;
  const auto* value = object.if_contains(key);
  const auto* array = value ? value->if_array() : nullptr;
  if (!array) return list;
  for (const auto& each : *array)
    if (each.is_object()) list.push_back(each.get_object());
  return list;
}

std::string facts_text(const json::object& sentence) {
  std::vector<std::int64_t> numbers;
  const auto* facts = sentence.if_contains("facts");
  if (!facts || !facts->is_array()) return "none";
  for (const auto& each : facts->get_array())
    if (each.is_int64() && numbers.size() < facts_shown) numbers.push_back(each.get_int64());
  const auto more = facts->get_array().size() - numbers.size();
  return fmt::format("{}{}", fmt::join(numbers, ", "), more > 0 ? fmt::format(" and {} more", more) : "");
}

void print_release(const json::object& answer) {
  const auto* released = answer.if_contains("released");
  if (!released || !released->is_object()) return fmt::print("\nNothing was released.\n");
  const auto& release = released->get_object();
  fmt::print("\nReleased: fact {}, {}, by {}\n", number_in(release, "number"), text_in(release, "at"), text_in(release, "by"));
  for (const auto& gone : list_in(answer, "withdrawn"))
    fmt::print("  withdrawn [{}] {} ({} {})\n", text_in(gone, "id"), text_in(gone, "text"),
               gone.contains("aged") ? "too old: fact" : "since fact", number_in(gone, "since"));
}

void print_text(const json::object& answer) {
  fmt::print("May be said, {} (version {})\n", text_in(answer, "at"), text_in(answer, "version"));
  for (const auto& sentence : list_in(answer, "sentences"))
    fmt::print("  {}\n      [{}] rests on fact {}\n", text_in(sentence, "text"), text_in(sentence, "id"), facts_text(sentence));
  const auto cannot = list_in(answer, "cannot");
  if (!cannot.empty()) fmt::print("\nMay not be said\n");
  for (const auto& each : cannot) fmt::print("  [{}] {}: {}\n", text_in(each, "id"), text_in(each, "text"), text_in(each, "missing"));
  print_release(answer);
}

Result<int> statement(const StatementChoice& choice) {
  KULLA_TRY(auto answer, choice.ledger.empty() ? from_daemon(choice) : from_ledger(choice));
  if (const auto* cap = answer.if_contains("cap"); cap && cap->is_string()) {
    KULLA_CHECK(write_file_atomic(choice.cap, std::string_view{cap->get_string()}));
    answer.erase("cap");
  }
  if (choice.client->ndjson()) fmt::print("{}\n", json::serialize(answer));
  else print_text(answer);
  return list_in(answer, "withdrawn").empty() ? done : found_something;
}

// --- release

Result<json::object> texts_of(const StatementChoice& choice) {
  json::object texts;
  for (const auto& each : choice.texts) {
    const auto equals = each.find('=');
    if (equals == std::string::npos) return fail(Code::bad_argument, fmt::format("--text {}: write it as sq=FILE", each));
    KULLA_TRY(texts[each.substr(0, equals)], read_file(each.substr(equals + 1), text_limit));
  }
  return texts;
}

Result<int> release(const StatementChoice& choice) {
  KULLA_TRY(auto texts, texts_of(choice));
  json::array sentences;
  for (const auto& id : choice.sentences) sentences.push_back(json::value(id));
  if (choice.sentences.empty()) {
    KULLA_TRY(const auto shown, from_daemon(choice));
    for (const auto& sentence : list_in(shown, "sentences")) sentences.push_back(sentence.at("id"));
  }
  return ask_and_say(*choice.client,
                     {{"command", "release"},
                      {"version", choice.version},
                      {"at", choice.shown_at},
                      {"texts", std::move(texts)},
                      {"sentences", std::move(sentences)}},
                     "released");
}

void add_release(CLI::App& parent, Context& context, const StatementChoice& shared) {
  auto* command =
      parent.add_subcommand("release", "Release a text in all languages as one; it goes out by the ways of the daemon's config");
  const auto choice = std::make_shared<StatementChoice>(shared);
  choice->client = add_client_options(*command);
  command->add_option("--version", choice->version, "the version that 'kulla statement' showed")->required();
  command->add_option("--at", choice->shown_at, "the time that it showed beside it; at most ten minutes ago")->required();
  command->add_option("--text", choice->texts, "LANGUAGE=FILE, for each language")->required();
  command->add_option("--sentence", choice->sentences, "ids of the sentences that the text claims; else all that may be said");
  command->callback(bind(context, choice, release));
  command->footer(
      "Example:\n  kulla statement release -c kulla.toml --version 3f2a… --at 2022-07-15T10:00:00Z --text sq=sq.txt --text en=en.txt\n"
      "Exit: 0 released, 1 refused (what may be said has changed since, or it was shown too long ago), 2 could not run.");
}
}  // namespace

void add_statement(Context& context) {
  const auto choice = std::make_shared<StatementChoice>();
  auto* command = context.app.add_subcommand("statement", "What may be said to the public now, and why; from the daemon or from a ledger");
  choice->client = add_client_options(*command);
  command->add_option("--lang", choice->lang, "sq or en; else the first of the config's");
  command->add_option("--ledger", choice->ledger, "a ledger, instead of a daemon: only read");
  command->add_option("--trust", choice->trust, "public key that the ledger is signed by");
  command->add_option("--at", choice->at, "of a ledger: as of this time, RFC 3339; else now");
  command->add_option("--max-age", choice->max_age, "of a ledger: minutes for which a report or proof holds")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command->add_option("--zone", choice->zone, "of a ledger: the time zone of what is said")->capture_default_str();
  command->add_option("--cap", choice->cap, "also write the newest release here as a CAP 1.2 message (a draft where there is none)");
  command->add_option("--sender", choice->sender, "of a ledger: the sender that the CAP message names");
  command->footer(
      "Examples:\n  kulla statement --lang en --ledger /var/lib/kulla/ledger --trust daemon.key.pub\n"
      "  kulla statement --lang sq -c kulla.toml\n"
      "Exit: 0 done, 1 a sentence of the newest release holds no longer, 2 could not run.");
  add_release(*command, context, *choice);
  const auto run = bind(context, choice, statement);
  command->callback([command, run] {
    if (command->get_subcommands().empty()) run();
  });
}
}  // namespace kulla::cli
