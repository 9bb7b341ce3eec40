// The operator's commands: status, timeline, close, verify, withdraw, mode.
#include <fmt/color.h>
#include <fmt/format.h>

#include <map>

#include "cli/client.hpp"
#include "cli/signer.hpp"
#include "incident/decide.hpp"

namespace kulla::cli {
namespace {
struct Look {
  const char* mark;
  fmt::terminal_color colour;
};
const std::map<std::string, Look, std::less<>> looks{
    {"open", {"●", fmt::terminal_color::green}},    {"guarded", {"◐", fmt::terminal_color::yellow}},
    {"closed", {"■", fmt::terminal_color::red}},    {"verifying", {"◇", fmt::terminal_color::cyan}},
    {"verified", {"◆", fmt::terminal_color::cyan}}, {"trial", {"◔", fmt::terminal_color::blue}}};
std::string text_of(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value && value->is_string() ? std::string(value->get_string()) : std::string{};
}
std::string painted(const std::string& state) {
  const auto look = looks.find(state);
  const auto text = fmt::format("{} {:<9}", look == looks.end() ? "?" : look->second.mark, state);
  return in_colour() && look != looks.end() ? fmt::format(fmt::fg(look->second.colour), "{}", text) : text;
}

void print_head(const json::object& head) {
  const auto& ledger = head.at("ledger").as_object();
  fmt::print("mode {}   ledger {} facts, head {}   {}\n", text_of(head, "mode"), ledger.at("facts").as_int64(),
             text_of(ledger, "head").substr(0, 16),
             head.at("incident").is_null() ? "no incident" : "incident " + text_of(head, "incident"));
  for (const auto& [place, problem] :
       {std::pair{"ledger", text_of(ledger, "problem")}, {"gate", text_of(head.at("gate").as_object(), "problem")}})
    if (!problem.empty()) fmt::print("PROBLEM {}: {}\n", place, problem);
  for (const auto& line : head.at("examining").as_array()) fmt::print("  {}\n", line.as_string().c_str());
}

/// "  clients got 12 errors in 340 answers", where there were any; it moves nothing, and is for the people who watch a trial.
std::string errors_of_clients(const json::object& head, const std::string& service) {
  const auto* all = head.if_contains("answers");
  const auto* one = all && all->is_object() ? all->get_object().if_contains(service) : nullptr;
  if (!one || !one->is_object()) return {};
  const auto errors = one->at("errors").to_number<std::uint64_t>(), requests = one->at("requests").to_number<std::uint64_t>();
  return errors == 0 ? "" : fmt::format("  clients got {} errors in {} answers", errors, requests);
}

int show_status(const ClientOptions& options, bool all) {
  auto client = connect(options);
  if (!client) return complain(client.error());
  const auto answers = client->ask({{"command", "status"}});
  if (!answers) return complain(answers.error());
  bool closed = false;
  std::map<std::string, int> counts;
  for (std::size_t i = 0; i < answers->size(); ++i) {
    const auto& line = (*answers)[i];
    if (options.ndjson()) fmt::print("{}\n", json::serialize(line));
    else if (i == 0) print_head(line);
    if (i == 0) continue;
    const auto state = text_of(line, "state");
    ++counts[state];
    closed = closed || (state != "open" && state != "guarded");
    if (!options.ndjson() && (all || state != "open"))
      fmt::print("  {} {:<24} {}{}{}{}\n", painted(state), text_of(line, "service"), text_of(line, "closure"),
                 text_of(line, "waits_for").empty() ? "" : "  waits for ", text_of(line, "waits_for"),
                 errors_of_clients(answers->front(), text_of(line, "service")));
  }
  if (!options.ndjson())
    for (const auto& [state, count] : counts) fmt::print("{} {}   ", painted(state), count);
  if (!options.ndjson()) fmt::print("\n");
  return closed ? found_something : done;
}

std::string in_words(const json::object& fact) {
  static constexpr std::string_view envelope[]{"kind", "v", "at", "mono"};
  std::string text;
  for (const auto& [key, value] : fact)
    if (std::ranges::find(envelope, std::string_view{key}) == std::end(envelope))
      text += fmt::format(" {}={}", std::string_view{key}, value.is_string() ? std::string(value.get_string()) : json::serialize(value));
  return text.size() > 200 ? text.substr(0, 200) + "…" : text;
}

int show_timeline(const ClientOptions& options, const std::string& service, std::uint64_t from, bool follow) {
  auto client = connect(options);
  if (!client) return complain(client.error());
  const auto show = [&](const json::object& line) {
    const auto& fact = line.at("fact").as_object();
    if (!service.empty() && json::serialize(fact).find('"' + service + '"') == std::string::npos) return true;
    if (options.ndjson()) fmt::print("{}\n", json::serialize(line));
    else
      fmt::print("{:>7} {} {:<20}{}\n", line.at("number").to_number<std::uint64_t>(), text_of(fact, "at").substr(11, 12),
                 text_of(fact, "kind"), in_words(fact));
    std::fflush(stdout);
    return true;
  };
  if (follow) {
    const auto followed = client->follow(from, show);
    return followed ? done : complain(followed.error());
  }
  const auto answers = client->ask({{"command", "timeline"}, {"from", from}});
  if (!answers) return complain(answers.error());
  for (const auto& line : *answers) show(line);
  return done;
}

json::array names(const std::vector<std::string>& services) {
  json::array array;
  for (const auto& service : services) array.emplace_back(service);
  return array;
}
}  // namespace

void add_status(Context& context) {
  auto* command =
      context.app.add_subcommand("status", "what is going on: mode, ledger, and every service that is not open, with what it waits for");
  auto options = add_client_options(*command);
  auto all = std::make_shared<bool>(false);
  command->add_flag("--all", *all, "open services too");
  command->footer("Example: kulla status -c kulla.toml\nExit: 0 all open or guarded, 1 something is closed, 2 no answer.");
  command->callback([&context, options, all] { context.run = [options, all] { return show_status(*options, *all); }; });
}

void add_timeline(Context& context) {
  auto* command = context.app.add_subcommand("timeline", "the newest facts in order; older ones: kulla ledger show");
  auto options = add_client_options(*command);
  auto service = std::make_shared<std::string>();
  auto from = std::make_shared<std::uint64_t>(1);
  auto follow = std::make_shared<bool>(false);
  command->add_option("--service", *service, "only facts that name this service");
  command->add_option("--from", *from, "from this number on");
  command->add_flag("-f,--follow", *follow, "go on as facts come");
  command->footer("Example: kulla timeline --service e-tax --follow");
  command->callback(
      [&context, options, service, from, follow] { context.run = [=] { return show_timeline(*options, *service, *from, *follow); }; });
}

void add_close(Context& context) {
  auto* command = context.app.add_subcommand("close", "close services now: one person is enough");
  auto options = add_client_options(*command);
  auto services = std::make_shared<std::vector<std::string>>();
  auto reason = std::make_shared<std::string>();
  auto all = std::make_shared<bool>(false);
  command->add_option("services", *services, "the services' names");
  command->add_flag("--all", *all, "every service");
  command->add_option("--reason", *reason, "why, for the record")->required();
  command->footer(
      "Example: kulla close e-tax permits --reason \"vendor reports a breach\"\nReopening needs verification and two approvals.");
  command->callback([&context, options, services, reason, all] {
    context.run = [=] {
      if (services->empty() == !*all) return complain({Code::bad_argument, "name the services, or --all"});
      return ask_and_say(*options, {{"command", "close"}, {"services", names(*services)}, {"all", *all}, {"reason", *reason}},
                         "closing ordered; see kulla status");
    };
  });
}

void add_verify(Context& context) {
  auto* command = context.app.add_subcommand("verify", "inspect the systems of closed services and prove their data");
  auto options = add_client_options(*command);
  auto services = std::make_shared<std::vector<std::string>>();
  auto since = std::make_shared<std::string>();
  command->add_option("services", *services, "the services' names")->required();
  command->add_option("--since", *since,
                      "the intruders were there at this time already: data is proved from a backup before it; never later than alerts say");
  command->footer(
      "Example: kulla verify e-tax --since 2022-05-19T00:00:00Z\nProgress and findings: kulla status, kulla timeline --service e-tax");
  command->callback([&context, options, services, since] {
    context.run = [=] {
      json::object question{{"command", "verify"}, {"services", names(*services)}};
      if (!since->empty()) question["since"] = *since;
      return ask_and_say(*options, question, "verification ordered; see kulla status");
    };
  });
}

void add_withdraw(Context& context) {
  auto* command =
      context.app.add_subcommand("withdraw", "a false alarm: inspect the systems in evidence, then two people sign with kulla approve");
  auto options = add_client_options(*command);
  auto closure = std::make_shared<std::string>();
  auto reason = std::make_shared<std::string>();
  command->add_option("closure", *closure, "the closure's identity, as kulla status shows it")->required();
  command->add_option("--reason", *reason, "why it was a false alarm, for the record")->required();
  command->footer("Example: kulla withdraw 3f9c0a71be52 --reason \"the vendor's update\"");
  command->callback([&context, options, closure, reason] {
    context.run = [=] {
      return ask_and_say(*options, {{"command", "withdraw"}, {"closure", *closure}, {"reason", *reason}},
                         "inspection ordered; then two people sign: kulla approve");
    };
  });
}

namespace {
/// What the daemon would have signed: its own mode's number, so that what is signed counts once.
Result<std::pair<std::uint64_t, Timestamp>> mode_to_sign(const ClientOptions& options) {
  KULLA_TRY(auto client, connect(options));
  KULLA_TRY(const auto answers, client.ask({{"command", "to-sign"}, {"about", "mode"}}));
  const auto* text = answers.empty() ? nullptr : answers.front().if_contains("text");
  const auto* set_by = text && text->is_object() ? text->get_object().if_contains("set_by") : nullptr;
  if (!set_by || !set_by->is_int64() || set_by->get_int64() < 0)
    return fail(Code::bad_json, "the daemon does not say what is to be signed");
  KULLA_TRY(const auto expires, parse_rfc3339(text_of(text->get_object(), "expires")));
  return std::pair{static_cast<std::uint64_t>(set_by->get_int64()), expires};
}

/// Shows what is signed, on standard error, before a passphrase or a PIN is asked for.
Result<> sign_mode(const ClientOptions& options, json::object& question, const std::string& person, const KeyOptions& key) {
  KULLA_TRY(const auto signer, find_signer(key));
  KULLA_TRY(const auto to_sign, mode_to_sign(options));
  const auto& [set_by, expires] = to_sign;
  fmt::print(
      stderr,
      "You are about to sign, as {}: from act, as fact {} has it, to advise: nothing is closed by machine any more; once, until {}\n",
      person, set_by, to_rfc3339(expires));
  question["person"] = person;
  question["expires"] = to_rfc3339(expires);
  KULLA_TRY(const auto signature, signer->sign(incident::signed_mode_text(Mode::advise, set_by, PersonId{person}, expires)));
  question["signature"] = to_hex(signature);
  return {};
}

int set_mode(const ClientOptions& options, const std::string& mode, const std::string& person, const KeyOptions& key) {
  json::object question{{"command", "mode"}, {"mode", mode}};
  if (mode == "advise") {
    if (person.empty() || key.key.empty())
      return complain({Code::bad_argument, "from act to advise is signed by an approver: --person NAME --key FILE"});
    if (const auto signed_ = sign_mode(options, question, person, key); !signed_) return complain(signed_.error());
  }
  return ask_and_say(options, question, "mode " + mode);
}
}  // namespace

void add_mode(Context& context) {
  auto* command = context.app.add_subcommand("mode", "act, or only advise; going from act to advise is signed by an approver");
  auto options = add_client_options(*command);
  auto mode = std::make_shared<std::string>();
  auto person = std::make_shared<std::string>();
  auto key = std::make_shared<KeyOptions>();
  command->add_option("mode", *mode, "act or advise")->required()->check(CLI::IsMember({"act", "advise"}));
  command->add_option("--person", *person, "the approver who signs");
  add_key_options(*command, *key, "the approver's secret key file, or pkcs11:… on a token");
  command->footer("Example: kulla mode advise --person anna --key anna.key");
  command->callback([&context, options, mode, person, key] { context.run = [=] { return set_mode(*options, *mode, *person, *key); }; });
}
}  // namespace kulla::cli
