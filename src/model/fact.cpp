#include "model/fact.hpp"

#include <fmt/format.h>

#include "model/codec.hpp"

namespace kulla {
namespace {
constexpr int present_version = 1;
constexpr std::size_t envelope_fields = 4;  // kind, v, at, mono

template <typename T>
Result<Fact> read_body(Moment at, const json::object& object) {
  KULLA_TRY(auto body, codec::decode_members<T>(object, envelope_fields));
  return Fact{at, std::move(body)};
}
using Reader = Result<Fact> (*)(Moment, const json::object&);

Reader reader_of(std::string_view kind) {
  Reader reader = nullptr;
  boost::mp11::mp_for_each<boost::mp11::mp_transform<boost::mp11::mp_identity, AnyFact>>([&](auto type) {
    using T = typename decltype(type)::type;
    if (T::kind == kind) reader = &read_body<T>;
  });
  return reader;
}
}  // namespace

FactBody::FactBody() = default;
FactBody::FactBody(const FactBody&) = default;
FactBody::FactBody(FactBody&&) noexcept = default;
FactBody& FactBody::operator=(const FactBody&) = default;
FactBody& FactBody::operator=(FactBody&&) noexcept = default;
FactBody::~FactBody() = default;
bool operator==(const FactBody& one, const FactBody& other) {
  return static_cast<const AnyFact&>(one) == static_cast<const AnyFact&>(other);
}

std::string_view kind_of(const Fact& fact) {
  return std::visit([](const auto& body) { return std::remove_cvref_t<decltype(body)>::kind; }, fact.body);
}

namespace {
using Public = boost::mp11::mp_list<fact::ServiceDeclared, fact::ServiceRetired, fact::IncidentOpened, fact::IncidentEnded, fact::Guarded,
                                    fact::Unguarded, fact::Closed, fact::GateConfirmed, fact::GateDrifted, fact::BeliefChanged,
                                    fact::VerificationAsked, fact::Inspected, fact::Proved, fact::BackupSuspected, fact::VerificationFailed,
                                    fact::Verified, fact::VerificationVoided, fact::TrialStarted, fact::TrialWidened, fact::TrialHeld,
                                    fact::TrialResumed, fact::Opened, fact::StatementReleased>;
}

bool concerns_statement(const Fact& fact) {
  if (const auto* alerted = std::get_if<fact::Alerted>(&fact.body)) return alerted->effect;
  return std::visit([](const auto& body) { return boost::mp11::mp_contains<Public, std::remove_cvref_t<decltype(body)>>::value; },
                    fact.body);
}

json::value to_json(const Fact& fact) {
  json::object object{
      {"kind", kind_of(fact)}, {"v", present_version}, {"at", to_rfc3339(fact.at.wall)}, {"mono", codec::bounded(fact.at.mono.count())}};
  std::visit([&](const auto& body) { codec::encode_members(body, object); }, fact.body);
  return object;
}

Result<Fact> fact_from_json(const json::value& value) {
  const auto* object = value.if_object();
  if (!object) return fail(Code::bad_json, "a fact is an object");
  const auto* kind = object->if_contains("kind");
  const auto* version = object->if_contains("v");
  const auto* at = object->if_contains("at");
  const auto* mono = object->if_contains("mono");
  if (!kind || !kind->is_string() || !version || !at || !mono) return fail(Code::bad_json, "a fact has kind, v, at and mono");
  if (!version->is_int64() || version->get_int64() != present_version)
    return fail(Code::bad_json, "a fact of an unknown version; a newer kulla wrote it");
  KULLA_TRY(auto wall, codec::decode<Timestamp>(*at));
  KULLA_TRY(auto ticks, codec::decode<std::int64_t>(*mono));
  const auto reader = reader_of(std::string_view{kind->get_string()});
  if (!reader) return fail(Code::bad_json, fmt::format("unknown kind of fact '{}'", std::string_view{kind->get_string()}.substr(0, 40)));
  return reader(Moment{wall, Ticks{ticks}}, *object);
}

Digest hash_of(const Basis& basis) {
  json::object object{{"kulla", "basis/2"}};
  codec::encode_members(basis, object);
  return sha256(canonical(object));
}

std::string signed_text(const Approval& approval) {
  json::object object{{"kulla", "approval/1"}};
  codec::encode_members(approval, object);
  object.erase("signature");
  return canonical(object);
}
}  // namespace kulla
