#include "notify/statement_json.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "model/codec.hpp"

namespace kulla::notify {
namespace {
constexpr std::size_t id_limit = 64;

/// The newest, as a release records them too.
json::array numbers(const std::vector<std::uint64_t>& facts) {
  json::array array;
  const auto skipped = facts.size() - std::min(facts.size(), statement_limits::facts);
  for (auto at = facts.begin() + static_cast<std::ptrdiff_t>(skipped); at != facts.end(); ++at) array.emplace_back(codec::bounded(*at));
  return array;
}

json::value released_json(const Record& record) {
  if (record.releases.empty()) return nullptr;
  const auto& [mark, statement, failed] = record.releases.back();
  json::object texts, delivered;
  for (const auto& [language, text] : statement.texts) texts[language] = text;
  for (const auto& [channel, at] : record.delivered) delivered[channel] = codec::bounded(at.fact);
  json::array sentences;
  for (const auto& sentence : statement.sentences) sentences.push_back(json::value(sentence.id));
  return json::object{{"number", codec::bounded(mark.fact)},
                      {"at", to_rfc3339(mark.at)},
                      {"by", statement.by.str()},
                      {"texts", std::move(texts)},
                      {"sentences", std::move(sentences)},
                      {"delivered", std::move(delivered)},
                      {"next_update", promised_json(promised(record))}};
}
}  // namespace

json::value promised_json(const std::optional<Promised>& promised) {
  if (!promised) return nullptr;
  return json::object{{"by", to_rfc3339(promised->by)}, {"overdue", promised->overdue}};
}

json::object statement_json(const Record& record, const Judged& judged, const Language& language, const Zone& zone) {
  json::array sentences, cannot, withdrawn;
  for (const auto& said : judged.said)
    sentences.push_back(json::object{{"id", said.sentence->id},
                                     {"text", language.sentence(said, record, zone)},
                                     {"facts", numbers(said.claim.facts)},
                                     {"category", boost::describe::enum_to_string(said.sentence->category, "?")}});
  for (const auto& unsaid : judged.cannot)
    cannot.push_back(json::object{
        {"id", unsaid.sentence}, {"text", language.label(unsaid.sentence)}, {"missing", language.missing(unsaid.missing, record, zone)}});
  for (const auto& gone : judged.withdrawn) {
    json::object object{{"id", gone.sentence}, {"text", language.label(gone.sentence)}, {"since", codec::bounded(gone.since)}};
    if (gone.aged) object["aged"] = true;
    withdrawn.push_back(std::move(object));
  }
  return {{"lang", language.code()},           {"at", to_rfc3339(record.now)},         {"version", to_hex(judged.version)},
          {"sentences", std::move(sentences)}, {"cannot", std::move(cannot)},          {"withdrawn", std::move(withdrawn)},
          {"released", released_json(record)}, {"facts", codec::bounded(record.facts)}};
}

Result<Wanted> wanted_from_json(const json::object& body) {
  const auto* version = body.if_contains("version");
  const auto* at = body.if_contains("at");
  const auto* texts = body.if_contains("texts");
  const auto* sentences = body.if_contains("sentences");
  if (!version || !version->is_string() || !at || !at->is_string() || !texts || !texts->is_object() || !sentences || !sentences->is_array())
    return fail(Code::bad_argument,
                "write \"version\" and \"at\" as they were shown, \"texts\" by language, and \"sentences\" as a list of ids");
  Wanted wanted{std::string(version->get_string()), {}, {}, {}};
  KULLA_TRY(wanted.shown, parse_rfc3339(at->get_string()));
  if (texts->get_object().size() > statement_limits::texts || sentences->get_array().size() > statement_limits::sentences)
    return fail(Code::too_large, "too many texts or sentences");
  for (const auto& [language, text] : texts->get_object()) {
    if (!text.is_string() || language.size() > id_limit) return fail(Code::bad_argument, "\"texts\": a text for each language");
    wanted.texts.push_back({std::string(language), std::string(text.get_string())});
  }
  for (const auto& id : sentences->get_array()) {
    if (!id.is_string() || id.get_string().size() > id_limit) return fail(Code::bad_argument, "\"sentences\": ids of sentences");
    wanted.sentences.emplace_back(id.get_string());
  }
  return wanted;
}
}  // namespace kulla::notify
