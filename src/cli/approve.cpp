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

/// What is offered, and what it rests on.
struct Offer {
  Approval approval;  ///< not signed yet
  Basis basis;
};

/// Every field of the basis is in the offer: what is left out, or is no report or proof, makes no basis.
Result<Basis> basis_in(const json::object& document, const Approval& approval) {
  json::object object{{"service", approval.service.str()},
                      {"closure", approval.closure.str()},
                      {"purpose", boost::describe::enum_to_string(approval.purpose, "?")}};
  const auto take = [&](const json::object& from, std::string_view name, std::string_view as) {
    if (const auto* found = from.if_contains(name); found && !found->is_null()) object[as] = *found;
  };
  for (const auto* name : {"reports", "proofs", "first_evidence"}) take(document, name, name);
  if (const auto* closed = document.if_contains("closed"); closed && closed->is_object()) {
    take(closed->get_object(), "at", "closed");
    take(closed->get_object(), "why", "why");
  }
  return codec::decode<Basis>(object);
}

/// Whoever carried it here may have changed it: what is shown must be what is signed.
Result<Offer> offer_in(const json::object& document, const std::string& person, const PublicKey& key) {
  const auto* offered = document.at("approval").if_object();
  if (!offered) return fail(Code::bad_json, "no approval is in it");
  auto object = *offered;
  object["person"] = person;
  object["key"] = to_hex(key);
  object["signature"] = to_hex(Signature{});
  Offer offer;
  KULLA_TRY(offer.approval, codec::decode<Approval>(object));
  KULLA_TRY(offer.basis, basis_in(document, offer.approval));
  if (hash_of(offer.basis) == offer.approval.basis) return offer;
  return fail(Code::refused, "its approval does not rest on the reports and proofs that it shows; ask the daemon for another offer");
}

void show_report(const Report& report, std::optional<Timestamp> first_evidence) {
  fmt::print("  system {}: inspected {}, {} files, {}, report {}\n", escape_path(report.system.str()), to_rfc3339(report.finished.wall),
             report.files, report.clean ? "clean" : "NOT CLEAN", to_hex(report.hash).substr(0, 16));
  if (!report.baseline) return;
  fmt::print("    compared with a baseline of {}\n", to_rfc3339(*report.baseline));
  if (first_evidence && *report.baseline > *first_evidence)
    fmt::print("    TAKEN AFTER THE FIRST EVIDENCE OF THIS ATTACK: it may describe what the intruder left\n");
}

void show_proof(const Proof& proof, std::optional<Timestamp> first_evidence) {
  fmt::print("  data set {}: snapshot {} of {} restored and compared {}, {}\n", escape_path(proof.dataset.str()),
             escape_path(proof.snapshot).substr(0, 8), to_rfc3339(proof.taken), to_rfc3339(proof.finished.wall),
             proof.passed ? "passed" : "NOT PASSED");
  if (first_evidence && proof.taken > *first_evidence)
    fmt::print("    TAKEN AFTER THE FIRST EVIDENCE OF THIS ATTACK: it may hold what the intruder left\n");
  else if (first_evidence && proof.seen && *proof.seen > *first_evidence)
    fmt::print("    FIRST PROVED ON {}, AFTER THE FIRST EVIDENCE: that it is older is the repository's word alone\n",
               to_rfc3339(*proof.seen));
  if (proof.compared) fmt::print("    only a sample: {} of {} files\n", *proof.compared, proof.files);
  if (proof.alive) fmt::print("    alive: {}\n", escape_path(*proof.alive));
  if (proof.inspected.value_or(false)) fmt::print("    looked into for malware\n");
  if (proof.drift) fmt::print("    CHANGED SUDDENLY: {}\n", escape_path(*proof.drift));
}

void show(const Offer& offer) {
  const auto& basis = offer.basis;
  fmt::print("You are about to approve:\n  {} {}\n  closure {}, closed {} because: {}\n",
             boost::describe::enum_to_string(basis.purpose, "?"), escape_path(basis.service.str()), escape_path(basis.closure.str()),
             to_rfc3339(basis.closed), escape_path(basis.why));
  if (basis.first_evidence) fmt::print("  first evidence of the attack: {}\n", to_rfc3339(*basis.first_evidence));
  for (const auto& report : basis.reports) show_report(report, basis.first_evidence);
  for (const auto& proof : basis.proofs) show_proof(proof, basis.first_evidence);
  fmt::print("  basis {}, of all this\n  until {}\n", to_hex(offer.approval.basis), to_rfc3339(offer.approval.expires));
}

Result<json::object> read_document(const std::string& file, std::string_view member) {
  KULLA_TRY(const auto text, read_file(file, offer_limit));
  auto value = parse_json(text);
  if (!value) return std::unexpected(std::move(value).error().in(file));
  if (!value->is_object() || !value->get_object().contains(member))
    return fail(Code::bad_json, fmt::format("{}: not made by kulla approve: \"{}\" is missing", file, member));
  return std::move(value->get_object());
}

bool confirmed(const Options& options) {
  if (options.yes) return true;
  fmt::print("Type the service's name to sign: ");
  std::fflush(stdout);
  std::string typed;
  std::getline(std::cin, typed);
  return typed == options.service;
}

Result<int> sign(const Options& options) {
  KULLA_TRY(const auto document, read_document(options.sign, "approval"));
  if (options.person.empty() || options.key.key.empty()) return fail(Code::bad_argument, "signing needs --person NAME and --key FILE");
  KULLA_TRY(const auto signer, find_signer(options.key));
  auto offer = offer_in(document, options.person, signer->public_key());
  if (!offer) return std::unexpected(std::move(offer).error().in(options.sign));
  show(*offer);
  auto& approval = offer->approval;
  if (approval.service.str() != options.service)
    return fail(Code::bad_argument,
                fmt::format("{} is about {}, not {}", options.sign, escape_path(approval.service.str()), options.service));
  if (!confirmed(options)) return fail(Code::refused, "not signed");
  KULLA_TRY(approval.signature, signer->sign(signed_text(approval)));
  const auto file = options.sign + "." + options.person;
  KULLA_CHECK(write_file_atomic(file, json::serialize(json::object{{"signed", codec::encode(approval)}}) + "\n"));
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
      if (!options->offer.empty()) return offer(*client_options, *options);
      if (options->sign.empty()) return submit(*client_options, *options);
      const auto done_so = sign(*options);
      return done_so ? *done_so : complain(done_so.error());
    };
  });
}
}  // namespace kulla::cli
