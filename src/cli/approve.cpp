// Two people approve a reopening, in three steps that may run on three machines:
//   offer (at the daemon): what there is to approve, with what it rests on → FILE
//   sign (anywhere, with the person's key file or token): shows what is being signed, then asks for passphrase or PIN → FILE.PERSON
//   submit (at the daemon): hands the signature in
#include <fmt/format.h>

#include <iostream>

#include "base/file.hpp"
#include "base/path_text.hpp"
#include "cli/client.hpp"
#include "cli/signer.hpp"
#include "model/codec.hpp"
#include "model/evidence.hpp"

namespace kulla::cli {
namespace {
constexpr std::size_t offer_limit = 1 << 20;

struct Options {
  std::string service, offer, sign, submit, person;
  KeyOptions key;
  bool yes = false;
};

std::string text_of(const json::value& value, std::string_view key) {
  const auto* object = value.if_object();
  const auto* found = object ? object->if_contains(key) : nullptr;
  return found && found->is_string() ? escape_path(found->get_string()) : "?";
}

int offer(const ClientOptions& client_options, const Options& options) {
  auto client = connect(client_options);
  if (!client) return complain(client.error());
  const auto answers = client->ask({{"command", "offer"}, {"service", options.service}});
  if (!answers) return complain(answers.error());
  if (answers->empty()) return complain({Code::refused, "the daemon offered nothing"});
  if (const auto written = write_file_atomic(options.offer, json::serialize(answers->front()) + "\n"); !written)
    return complain(written.error());
  fmt::print("{}: what there is to approve for {}; sign it with: kulla approve {} --sign {} --person NAME --key FILE\n", options.offer,
             options.service, options.service, options.offer);
  return done;
}

void show_proof(const json::value& proof) {
  fmt::print("  data set {}: snapshot {} of {} restored and compared {}, {}\n", text_of(proof, "dataset"),
             text_of(proof, "snapshot").substr(0, 8), text_of(proof, "taken"), text_of(proof.at("finished"), "wall"),
             proof.at("passed").as_bool() ? "passed" : "NOT PASSED");
  const auto& object = proof.as_object();
  if (const auto* after = object.if_contains("taken_after_evidence"); after && *after == true)
    fmt::print("    TAKEN AFTER THE FIRST EVIDENCE OF THIS ATTACK: it may hold what the intruder left\n");
  if (const auto* some = object.if_contains("compared")) fmt::print("    only a sample: {} files\n", json::serialize(*some));
  if (object.contains("drift")) fmt::print("    CHANGED SUDDENLY: {}\n", text_of(proof, "drift"));
}

void show(const json::object& document) {
  const auto& approval = document.at("approval");
  fmt::print("You are about to approve:\n  {} {}\n  closure {}, closed {} because: {}\n", text_of(approval, "purpose"),
             text_of(approval, "service"), text_of(approval, "closure"), text_of(document.at("closed"), "at"),
             text_of(document.at("closed"), "why"));
  for (const auto& report : document.at("reports").as_array()) {
    fmt::print("  system {}: inspected {}, {}, report {}\n", text_of(report, "system"), text_of(report.at("finished"), "wall"),
               report.at("clean").as_bool() ? "clean" : "NOT CLEAN", text_of(report, "hash").substr(0, 16));
    const auto& object = report.as_object();
    if (object.contains("baseline")) fmt::print("    compared with a baseline of {}\n", text_of(report, "baseline"));
    if (const auto* after = object.if_contains("baseline_after_evidence"); after && *after == true)
      fmt::print("    TAKEN AFTER THE FIRST EVIDENCE OF THIS ATTACK: it may describe what the intruder left\n");
  }
  for (const auto& proof : document.at("proofs").as_array()) show_proof(proof);
  fmt::print("  basis {}\n  until {}\n", text_of(approval, "basis"), text_of(approval, "expires"));
}

Result<Approval> approval_from(const json::object& document, const std::string& person, Signer& signer) {
  auto object = document.at("approval").as_object();
  object["person"] = person;
  object["key"] = to_hex(signer.public_key());
  object["signature"] = to_hex(Signature{});
  KULLA_TRY(auto approval, codec::decode<Approval>(object));
  KULLA_TRY(approval.signature, signer.sign(signed_text(approval)));
  return approval;
}

Result<json::object> read_document(const std::string& file, std::string_view member) {
  KULLA_TRY(const auto text, read_file(file, offer_limit));
  auto value = parse_json(text);
  if (!value) return std::unexpected(std::move(value).error().in(file));
  if (!value->is_object() || !value->get_object().contains(member))
    return fail(Code::bad_json, fmt::format("{}: not made by kulla approve: \"{}\" is missing", file, member));
  return std::move(value->get_object());
}

int sign(const Options& options) {
  const auto document = read_document(options.sign, "approval");
  if (!document) return complain(document.error());
  if (options.person.empty() || options.key.key.empty())
    return complain({Code::bad_argument, "signing needs --person NAME and --key FILE"});
  const auto signer = find_signer(options.key);
  if (!signer) return complain(signer.error());
  try {
    show(*document);
  } catch (const std::exception&) {
    return complain({Code::bad_json, options.sign + ": not a whole offer"});
  }
  if (text_of(document->at("approval"), "service") != options.service)
    return complain({Code::bad_argument,
                     fmt::format("{} is about {}, not {}", options.sign, text_of(document->at("approval"), "service"), options.service)});
  if (!options.yes) {
    fmt::print("Type the service's name to sign: ");
    std::fflush(stdout);
    std::string typed;
    std::getline(std::cin, typed);
    if (typed != options.service) return complain({Code::refused, "not signed"});
  }
  const auto approval = approval_from(*document, options.person, **signer);
  if (!approval) return complain(approval.error());
  const auto file = options.sign + "." + options.person;
  if (const auto written = write_file_atomic(file, json::serialize(json::object{{"signed", codec::encode(*approval)}}) + "\n"); !written)
    return complain(written.error());
  fmt::print("{}: signed by {}; hand it in with: kulla approve {} --submit {}\n", file, options.person, options.service, file);
  return done;
}

int submit(const ClientOptions& client_options, const Options& options) {
  const auto document = read_document(options.submit, "signed");
  if (!document) return complain(document.error());
  return ask_and_say(client_options, {{"command", "submit"}, {"approval", document->at("signed")}}, "approval handed in; see kulla status");
}
}  // namespace

void add_approve(Context& context) {
  auto* command = context.app.add_subcommand("approve", "approve a reopening: two people, each with their own key, on any machine");
  auto client_options = add_client_options(*command);
  auto options = std::make_shared<Options>();
  command->add_option("service", options->service, "the service's name")->required();
  auto* step = command->add_option_group("step", "one of the three steps");
  step->add_option("--offer", options->offer, "write what there is to approve to this file");
  step->add_option("--sign", options->sign, "show this offer and sign it; writes FILE.PERSON");
  step->add_option("--submit", options->submit, "hand this signed approval in");
  step->require_option(1);
  add_key_options(*command, options->key, "the person's secret key file, or pkcs11:… on a token; never needed on the daemon's host");
  command->add_option("--person", options->person, "the person's name, as the config has it");
  command->add_flag("--yes", options->yes, "sign without asking");
  command->footer(
      "Example:\n  kulla approve e-tax --offer e-tax.offer\n  kulla approve e-tax --sign e-tax.offer --person anna --key anna.key\n  kulla "
      "approve e-tax --sign e-tax.offer --person ben --key 'pkcs11:token=ben;object=kulla'\n  kulla approve e-tax --submit "
      "e-tax.offer.anna");
  command->callback([&context, client_options, options] {
    context.run = [=] {
      return !options->offer.empty()  ? offer(*client_options, *options)
             : !options->sign.empty() ? sign(*options)
                                      : submit(*client_options, *options);
    };
  });
}
}  // namespace kulla::cli
