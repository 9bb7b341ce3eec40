// kulla hold, resume, approvers: a trial that waits, and who may approve. What opens is signed, in three steps that may run on three
// machines.
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <ranges>

#include "base/canonical_json.hpp"
#include "base/file.hpp"
#include "base/path_text.hpp"
#include "cli/client.hpp"
#include "cli/signer.hpp"
#include "model/catalogue.hpp"
#include "model/codec.hpp"

namespace kulla::cli {
namespace {
constexpr std::size_t document_limit = std::size_t{1} << 20;

struct Steps {
  std::string offer, sign, person;
  KeyOptions key;
  std::vector<std::string> submit;
  bool yes = false;
};
void add_steps(CLI::App& command, Steps& steps, bool names_the_signer) {
  auto* group = command.add_option_group("step", "one of the three steps");
  group->add_option("--offer", steps.offer, "write what there is to sign to this file");
  group->add_option("--sign", steps.sign, "show what this file holds and sign it; writes FILE.signed, or FILE.PERSON");
  group->add_option("--submit", steps.submit, "hand these signed files in");
  group->require_option(names_the_signer ? 1 : 0, 1);
  add_key_options(command, steps.key, "the person's secret key file, or pkcs11:… on a token; never needed on the daemon's host");
  command.add_option("--person", steps.person, "the person's name");
  command.add_flag("--yes", steps.yes, "sign without asking");
}

Result<json::object> read_document(const std::string& file) {
  KULLA_TRY(const auto text, read_file(file, document_limit));
  auto value = parse_json(text);
  if (!value) return std::unexpected(std::move(value).error().in(file));
  if (!value->is_object() || !value->get_object().contains("text") || !value->at("text").is_object())
    return fail(Code::bad_json, fmt::format("{}: nothing to sign is in it", file));
  return std::move(value->get_object());
}

Result<int> offer(const ClientOptions& options, const Steps& steps, const json::object& question) {
  KULLA_TRY(auto client, connect(options));
  KULLA_TRY(const auto answers, client.ask(question));
  if (answers.empty()) return fail(Code::refused, "the daemon offered nothing");
  KULLA_CHECK(write_file_atomic(steps.offer, json::serialize(answers.front()) + "\n"));
  fmt::print("{}: what there is to sign; next: --sign {} --person NAME --key FILE\n", steps.offer, steps.offer);
  return done;
}

/// Every field in a line of its own: whoever signs sees all that is signed.
void show(const json::value& value, const std::string& name, int depth = 1) {
  const std::string indent(static_cast<std::size_t>(depth) * 2, ' ');
  if (const auto* object = value.if_object()) {
    fmt::print("{}{}\n", indent, name);
    for (const auto& [key, inner] : *object) show(inner, escape_path(std::string_view(key)), depth + 1);
  } else if (const auto* array = value.if_array()) {
    for (const auto& inner : *array) show(inner, name, depth);
    if (array->empty()) fmt::print("{}{}: none\n", indent, name);
  } else if (!value.is_null()) {
    fmt::print("{}{}: {}\n", indent, name, value.is_string() ? escape_path(std::string_view(value.get_string())) : json::serialize(value));
  }
}

Result<int> sign(const Steps& steps) {
  KULLA_TRY(auto document, read_document(steps.sign));
  if (steps.key.key.empty() || steps.person.empty()) return fail(Code::bad_argument, "signing needs --person NAME and --key FILE");
  KULLA_TRY(const auto signer, find_signer(steps.key));
  auto& text = document.at("text").get_object();
  if (text.contains("person")) text["person"] = steps.person;
  show(text, "You are about to sign:", 0);
  if (!steps.yes) {
    fmt::print("Type your name to sign: ");
    std::fflush(stdout);
    std::string typed;
    std::getline(std::cin, typed);
    if (typed != steps.person) return fail(Code::refused, "not signed");
  }
  KULLA_TRY(const auto signature, signer->sign(canonical(text)));
  document["signatures"] = json::array{{{"key", to_hex(signer->public_key())}, {"signature", to_hex(signature)}}};
  const auto file = steps.sign + "." + steps.person;
  KULLA_CHECK(write_file_atomic(file, json::serialize(document) + "\n"));
  fmt::print("{}: signed by {}; hand it in with --submit {}\n", file, steps.person, file);
  return done;
}

Result<int> submit(const ClientOptions& options, const Steps& steps) {
  json::array signatures;
  json::object text;
  for (const auto& file : steps.submit) {
    KULLA_TRY(const auto document, read_document(file));
    const auto* of = document.if_contains("signatures");
    if (!of || !of->is_array()) return fail(Code::bad_json, fmt::format("{}: nobody signed it", file));
    if (!text.empty() && text != document.at("text"))
      return fail(Code::bad_argument, fmt::format("{}: signs another text than {}", file, steps.submit.front()));
    text = document.at("text").as_object();
    for (const auto& signature : of->get_array()) signatures.push_back(signature);
  }
  return ask_and_say(options, {{"command", "signed"}, {"text", std::move(text)}, {"signatures", std::move(signatures)}},
                     "handed in; see kulla status");
}

Result<int> take_step(const ClientOptions& options, const Steps& steps, const json::object& question) {
  if (!steps.offer.empty()) return offer(options, steps, question);
  return steps.sign.empty() ? submit(options, steps) : sign(steps);
}
int said(const Result<int>& result) { return result ? *result : complain(result.error()); }

// --- approvers

struct Change {
  Steps steps;
  std::vector<std::string> add, remove;
};

Result<json::object> present(const ClientOptions& options) {
  KULLA_TRY(auto client, connect(options));
  KULLA_TRY(auto answers, client.ask({{"command", "approvers"}}));
  if (answers.empty()) return fail(Code::refused, "the daemon said nothing");
  return std::move(answers.front());
}

Result<int> list(const ClientOptions& options) {
  KULLA_TRY(const auto answer, present(options));
  if (options.ndjson()) {
    fmt::print("{}\n", json::serialize(answer));
    return done;
  }
  for (const auto& each : answer.at("approvers").as_array()) {
    KULLA_TRY(const auto approver, codec::decode<Approver>(each));
    std::string services = "every service";
    if (approver.services)
      services = fmt::format("{}", fmt::join(*approver.services | std::views::transform([](const auto& id) { return id.str(); }), ", "));
    fmt::print("{:<16} {}  {}{}\n", escape_path(approver.person.str()), fingerprint(approver.key), escape_path(services),
               approver.until ? ", until " + to_rfc3339(*approver.until) : "");
  }
  if (const auto& recovery = answer.at("recovery"); recovery.is_object())
    fmt::print("recovery: {} of {} sealed keys\n", recovery.at("needed").as_int64(), recovery.at("keys").as_array().size());
  return done;
}

/// NAME=KEY.pub[,until=TIME][,services=a+b]
Result<Approver> approver_from(const std::string& text) {
  const auto equals = text.find('='), comma = std::min(text.find(','), text.size());
  if (equals == std::string::npos || equals == 0 || equals > comma)
    return fail(Code::bad_argument, fmt::format("\"{}\": write NAME=KEY.pub[,until=TIME][,services=A+B]", text));
  Approver approver{.person = PersonId{text.substr(0, equals)}, .key = {}};
  KULLA_TRY(approver.key, read_public_key(text.substr(equals + 1, comma - equals - 1)));
  for (std::string_view rest = std::string_view(text).substr(comma); !rest.empty();) {
    rest.remove_prefix(1);
    const auto word = rest.substr(0, rest.find(','));
    rest.remove_prefix(word.size());
    constexpr std::string_view until = "until=", services = "services=";
    if (word.starts_with(until)) {
      KULLA_TRY(approver.until, parse_rfc3339(word.substr(until.size())));
    } else if (word.starts_with(services)) {
      approver.services.emplace();
      for (auto names = word.substr(services.size()); !names.empty();) {
        const auto name = names.substr(0, names.find('+'));
        approver.services->emplace_back(std::string(name));
        names.remove_prefix(std::min(names.size(), name.size() + 1));
      }
    } else {
      return fail(Code::bad_argument, fmt::format("\"{}\": until=TIME or services=A+B", word));
    }
  }
  return approver;
}

Result<json::object> question_of(const ClientOptions& options, const Change& change) {
  KULLA_TRY(const auto answer, present(options));
  json::array next;
  for (const auto& each : answer.at("approvers").as_array())
    if (!std::ranges::count(change.remove, std::string(each.at("person").as_string()))) next.push_back(each);
  for (const auto& text : change.add) {
    KULLA_TRY(const auto approver, approver_from(text));
    next.push_back(codec::encode(approver));
  }
  return json::object{{"command", "to-sign"}, {"about", "approvers"}, {"next", std::move(next)}};
}

Result<int> approvers(const ClientOptions& options, const Change& change) {
  const auto& steps = change.steps;
  if (steps.offer.empty() && steps.sign.empty() && steps.submit.empty()) return list(options);
  json::object question;
  if (!steps.offer.empty()) {
    KULLA_TRY(question, question_of(options, change));
  }
  return take_step(options, steps, question);
}
}  // namespace

void add_hold(Context& context) {
  auto* command = context.app.add_subcommand("hold", "let a service's trial go no further for now: one person is enough");
  auto options = add_client_options(*command);
  auto service = std::make_shared<std::string>(), reason = std::make_shared<std::string>();
  command->add_option("service", *service, "the service's name")->required();
  command->add_option("--reason", *reason, "why, for the record")->required();
  command->footer("Example: kulla hold e-tax --reason \"the counters report errors\"\nIt goes on with: kulla resume");
  command->callback([&context, options, service, reason] {
    context.run = [=] {
      return ask_and_say(*options, {{"command", "hold"}, {"service", *service}, {"reason", *reason}}, "held; see kulla status");
    };
  });
}

void add_resume(Context& context) {
  auto* command = context.app.add_subcommand("resume", "let a held trial go on: an approver signs it, on any machine");
  auto options = add_client_options(*command);
  auto service = std::make_shared<std::string>();
  auto steps = std::make_shared<Steps>();
  command->add_option("service", *service, "the service's name")->required();
  add_steps(*command, *steps, true);
  command->footer(
      "Example:\n  kulla resume e-tax --offer e-tax.resume\n  kulla resume e-tax --sign e-tax.resume --person anna --key anna.key\n"
      "  kulla resume e-tax --submit e-tax.resume.anna");
  command->callback([&context, options, service, steps] {
    context.run = [=] { return said(take_step(*options, *steps, {{"command", "to-sign"}, {"about", "resume"}, {"service", *service}})); };
  });
}

void add_approvers(Context& context) {
  auto* command = context.app.add_subcommand("approvers", "who may approve; others are named by two of them, while nothing is closed");
  auto options = add_client_options(*command);
  auto change = std::make_shared<Change>();
  command->add_option("--add", change->add, "with --offer: NAME=KEY.pub[,until=TIME][,services=A+B]")->allow_extra_args(false);
  command->add_option("--remove", change->remove, "with --offer: a name")->allow_extra_args(false);
  add_steps(*command, change->steps, false);
  command->footer(
      "Example:\n  kulla approvers\n  kulla approvers --add dora=dora.key.pub --remove carl --offer next\n"
      "  kulla approvers --sign next --person anna --key anna.key      and bert, on his own machine\n"
      "  kulla approvers --submit next.anna next.bert\n"
      "When the approvers' keys are lost: the holders of the recovery keys sign instead, as many as the config named at set-up.");
  command->callback([&context, options, change] { context.run = [=] { return said(approvers(*options, *change)); }; });
}
}  // namespace kulla::cli
