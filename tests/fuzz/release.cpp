// Any JSON as what a person wants released: never a crash; what is accepted claims only what holds, fits into a fact, and goes out as it is.
#include "model/fact.hpp"
#include "notify/outlets.hpp"
#include "notify/statement_json.hpp"

using namespace kulla;
using namespace kulla::notify;

namespace {
Record record_of_one() {
  Record record;
  auto& service = record.services[ServiceId{"tax"}];
  service.address = "tax.example";
  service.gate = GateMode::closed;
  service.closure = ClosureRecord{ClosureId{"c"}, Because::person, {2, {}}, Mark{3, {}}};
  record.facts = 3;
  return record;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const char* data, std::size_t size) {
  static auto record = record_of_one();
  static const auto judged = judge(record);
  static const auto languages = built_in_languages().value();
  const auto value = parse_json({data, size});
  if (!value || !value->is_object()) return 0;
  auto wanted = wanted_from_json(value->get_object());
  if (!wanted) return 0;
  if (wanted->version == "now") wanted->version = to_hex(judged.version), wanted->shown = judged.at;
  const auto statement = release(judged, *wanted, PersonId{"anna"}, codes_of(languages));
  if (!statement) return 0;
  for (const auto& sentence : statement->sentences)
    KULLA_ASSERT(judged.find(sentence.id) && judged.find(sentence.id)->digest == sentence.claim);
  const Fact fact{{}, fact::StatementReleased{*statement}};
  const auto text = canonical(to_json(fact));
  KULLA_ASSERT(text.size() < (std::size_t{1} << 20));
  KULLA_ASSERT(*fact_from_json(*parse_json(text)) == fact);
  record.releases = {{{4, {}}, *statement, std::vector<std::uint64_t>(statement->sentences.size())}};
  OutletSettings settings;
  settings.cap = CapSettings{.file = {}, .sender = "a@b", .sender_name = {}, .area = {}};
  const Publication publication{record, languages, Zone{}, settings};
  KULLA_ASSERT(!cap_message(publication).empty() && !atom_feed(publication).empty() && !webhook_body(publication.release()).empty());
  return 0;
}
