// kulla ledger: verify, export and show a ledger, also one that a daemon is writing.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <optional>

#include "base/canonical_json.hpp"
#include "cli/command.hpp"
#include "ledger/ledger.hpp"

namespace kulla::cli {
namespace {
struct Choice {
  std::string path, trust, witness, head, kind, format = "text";
  std::uint64_t from = 1;
};

// --- verify

Result<ledger::VerifyOptions> options_of(const Choice& choice) {
  ledger::VerifyOptions options;
  KULLA_TRY(options.trust, read_public_key(choice.trust));
  options.witness = choice.witness;
  if (!choice.head.empty()) {
    const auto head = digest_from_hex(choice.head);
    if (!head) return fail(Code::bad_argument, "--head: a hash is 64 lower-case hexadecimal digits");
    options.head = *head;
  }
  if (::isatty(STDERR_FILENO)) options.progress = [](std::uint64_t facts) { fmt::print(stderr, "\r{} facts read ", facts); };
  return options;
}

json::object head_json(const ledger::Head& head) { return {{"number", head.number}, {"hash", to_hex(head.hash)}}; }

void print(const Choice& choice, const ledger::Verification& found) {
  if (choice.format == "ndjson")
    fmt::print("{}\n", canonical(json::object{{"ok", found.ok},
                                              {"facts", found.facts},
                                              {"head", head_json(found.head)},
                                              {"first_bad", found.first_bad},
                                              {"problem", found.problem}}));
  else if (found.ok) fmt::print("ok: {} facts, head {} {}\n", found.facts, found.head.number, to_hex(found.head.hash));
  else fmt::print("bad: {}\n", found.problem);
}

int verify(const Choice& choice) {
  const auto options = options_of(choice);
  if (!options) return complain(options.error());
  const auto found = ledger::verify(choice.path, *options);
  if (options->progress) fmt::print(stderr, "\r{:30}\r", "");
  if (!found) return complain(found.error());
  print(choice, *found);
  return found->ok ? done : found_something;
}

// --- export and show

/// A failed write shows in `finish`; fmt::print would throw.
void put(const std::string& line) { std::fwrite(line.data(), 1, line.size(), stdout); }

void print_line(const ledger::Entry& entry) {
  put(fmt::format("{{\"number\":{},\"hash\":\"{}\",\"fact\":{}}}\n", entry.number, to_hex(entry.hash), entry.bytes));
}

/// The fact for people: number, time, kind, then its fields.
void print_readable(std::uint64_t number, const json::object& fact) {
  std::string rest;
  for (const auto& [name, value] : fact) {
    if (name == "kind" || name == "at" || name == "mono" || name == "v") continue;
    rest += fmt::format(" {}={}", std::string_view{name}, canonical(value));
  }
  const auto text = [&](const char* name) { return std::string_view{fact.at(name).get_string()}; };
  put(fmt::format("{:>6}  {}  {}{}\n", number, text("at"), text("kind"), rest));
}

Result<> each(const Choice& choice, const std::function<void(const ledger::Entry&, const json::object&)>& visit) {
  std::optional<Error> bad;
  KULLA_CHECK(ledger::read(choice.path, [&](const ledger::Entry& entry) {
    if (bad || entry.number < choice.from) return;
    const auto value = parse_json(entry.bytes);
    const auto fact = value ? fact_from_json(*value) : Result<Fact>{std::unexpected(value.error())};
    if (!fact) bad = Error{Code::ledger_corrupt, fmt::format("{}: fact {}: {}", choice.path, entry.number, fact.error().what)};
    else if (choice.kind.empty() || choice.kind == kind_of(*fact)) visit(entry, value->get_object());
  }));
  if (bad) return std::unexpected(std::move(*bad));
  return {};
}

/// A ledger that breaks off is something found; one that cannot be read at all could not run.
int finish(const Result<>& result) {
  if (std::fflush(stdout) != 0 || std::ferror(stdout)) return complain(Error{Code::io, "standard output: it could not be written"});
  if (result) return done;
  const int could_not = complain(result.error());
  return result.error().code == Code::ledger_corrupt ? found_something : could_not;
}

int show(const Choice& choice) {
  const bool plain = choice.format == "text";
  return finish(each(choice, [plain](const ledger::Entry& entry, const json::object& fact) {
    if (plain) print_readable(entry.number, fact);
    else print_line(entry);
  }));
}

CLI::App* subcommand(CLI::App& parent, Context& context, const std::shared_ptr<Choice>& choice, const char* name, const char* about,
                     int (*run)(const Choice&)) {
  auto* command = parent.add_subcommand(name, about);
  command->add_option("PATH", choice->path, "the ledger file")->required();
  command->callback([&context, choice, run] { context.run = [choice, run] { return run(*choice); }; });
  return command;
}
void add_format(CLI::App& command, const std::shared_ptr<Choice>& choice) {
  command.add_option("--format", choice->format, "text or ndjson")->check(CLI::IsMember({"text", "ndjson"}));
}
}  // namespace

void add_ledger(Context& context) {
  const auto choice = std::make_shared<Choice>();
  auto* parent = context.app.add_subcommand("ledger", "Verify, export or show the ledger; also while the daemon writes it");
  parent->require_subcommand(1);
  parent->footer("Example:\n  kulla ledger show /var/lib/kulla/ledger --from 100");

  auto* verifier = subcommand(*parent, context, choice, "verify",
                              "Check every fact, hash and signature against a key you trust; exit 1 names the first bad fact", verify);
  verifier->add_option("--trust", choice->trust, "public key file of the daemon that wrote it")->required();
  verifier->add_option("--witness", choice->witness, "witness file: shows a tail that was cut off");
  verifier->add_option("--head", choice->head, "hash of a head you know, which must be in the chain");
  add_format(*verifier, choice);
  verifier->footer("Example:\n  kulla ledger verify /var/lib/kulla/ledger --trust daemon.key.pub --witness /mnt/elsewhere/heads");

  auto* exporter = subcommand(*parent, context, choice, "export", "Write every fact as a line of JSON: {\"number\",\"hash\",\"fact\"}",
                              [](const Choice& c) { return finish(ledger::read(c.path, print_line)); });
  add_format(*exporter, choice);
  exporter->footer("Example:\n  kulla ledger export /var/lib/kulla/ledger | jq -c 'select(.fact.kind == \"closed\")'");

  auto* shower = subcommand(*parent, context, choice, "show", "Show facts as readable lines", show);
  shower->add_option("--from", choice->from, "first number to show")->check(CLI::PositiveNumber);
  shower->add_option("--kind", choice->kind, "only facts of this kind");
  add_format(*shower, choice);
  shower->footer("Example:\n  kulla ledger show /var/lib/kulla/ledger --kind closed");
}
}  // namespace kulla::cli
