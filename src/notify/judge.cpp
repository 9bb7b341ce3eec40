#include "notify/judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/canonical_json.hpp"

namespace kulla::notify {
namespace {
constexpr std::size_t missing_shown = 20;  // of one sentence; a thousand services without a measurement are one thing to know

std::vector<Unsaid> unsaid(const Record& record, const Sentence& sentence) {
  std::vector<Unsaid> list;
  if (!sentence.lacks) return list;
  auto missing = sentence.lacks(record);
  const auto more = missing.size() > missing_shown ? missing.size() - missing_shown : 0;
  missing.resize(missing.size() - more);
  if (more > 0) missing.push_back({"more", {{"count", static_cast<std::int64_t>(more)}}});
  for (auto& each : missing) list.push_back({sentence.id, std::move(each)});
  return list;
}

bool holds(const Record& record, const StatementSentence& released) {
  const auto* sentence = find_sentence(released.id);
  const auto claim = sentence ? sentence->holds(record) : std::nullopt;
  return claim && digest_of(released.id, *claim) == released.claim;
}

std::optional<Withdrawn> withdrawn(const Record& record, const Release& release, std::size_t index) {
  const auto& sentence = release.statement.sentences[index];
  if (holds(record, sentence)) return std::nullopt;
  const auto failed = release.failed[index];
  if (failed > 0) return Withdrawn{sentence.id, failed, false};
  const auto oldest = std::ranges::min_element(sentence.facts);
  return Withdrawn{sentence.id, oldest == sentence.facts.end() ? release.mark.fact : static_cast<std::uint64_t>(*oldest), true};
}

Digest version_of(const std::vector<Said>& said) {
  json::array claims;
  for (const auto& each : said) claims.push_back(json::value(to_hex(each.digest)));
  return sha256(canonical(json::object{{"kulla", "statement/1"}, {"claims", std::move(claims)}}));
}
}  // namespace

const Said* Judged::find(std::string_view sentence) const {
  const auto found = std::ranges::find(said, sentence, [](const Said& each) { return each.sentence->id; });
  return found == said.end() ? nullptr : &*found;
}

Judged judge(const Record& record) {
  Judged judged{.at = record.now, .said = {}, .cannot = {}, .withdrawn = {}, .version = {}};
  for (const auto& sentence : all_sentences()) {
    if (auto claim = sentence.holds(record)) {
      const auto digest = digest_of(sentence.id, *claim);
      judged.said.push_back({&sentence, std::move(*claim), digest});
    }
    std::ranges::move(unsaid(record, sentence), std::back_inserter(judged.cannot));
  }
  judged.version = version_of(judged.said);
  if (!record.releases.empty()) {
    const auto& release = record.releases.back();
    for (std::size_t i = 0; i < release.statement.sentences.size(); ++i)
      if (auto gone = withdrawn(record, release, i)) judged.withdrawn.push_back(std::move(*gone));
  }
  return judged;
}

void note_failures(Record& record, std::uint64_t number, unsigned aspects) {
  if (record.releases.empty()) return;
  auto& release = record.releases.back();
  record.as_of = release.mark;
  for (std::size_t i = 0; i < release.failed.size(); ++i) {
    const auto& released = release.statement.sentences[i];
    const auto* sentence = find_sentence(released.id);
    const bool touched = !sentence || (sentence->aspects & aspects) != 0;
    if (release.failed[i] == 0 && touched && !holds(record, released)) release.failed[i] = number;
  }
  record.as_of.reset();
}

// --- a release

namespace {
Result<> check_text(const StatementText& text) {
  if (std::ranges::all_of(text.text, [](unsigned char c) { return c == ' ' || c == '\n'; }))
    return fail(Code::bad_argument, fmt::format("the text in \"{}\" is empty", text.language));
  if (std::ranges::any_of(text.text, [](unsigned char c) { return (c < ' ' && c != '\n') || c == 0x7f; }))
    return fail(Code::bad_argument, fmt::format("the text in \"{}\" holds control characters", text.language));
  return {};
}

Result<> check_texts(const std::vector<StatementText>& texts, const std::vector<std::string>& languages) {
  std::size_t bytes = 0;
  std::set<std::string> given;
  for (const auto& text : texts) {
    bytes += text.text.size();
    if (!std::ranges::count(languages, text.language))
      return fail(Code::bad_argument, fmt::format("no statement is released in \"{}\"", text.language.substr(0, 16)));
    if (!given.insert(text.language).second) return fail(Code::bad_argument, fmt::format("two texts in \"{}\"", text.language));
    KULLA_CHECK(check_text(text));
  }
  for (const auto& language : languages)
    if (!given.contains(language))
      return fail(Code::bad_argument, fmt::format("the text in \"{}\" is missing: all languages are released as one", language));
  if (bytes > statement_limits::text_bytes || texts.size() > statement_limits::texts)
    return fail(Code::too_large, fmt::format("the texts are over {} bytes", statement_limits::text_bytes));
  return {};
}

Result<> check_age(Timestamp shown, Timestamp now) {
  constexpr std::chrono::minutes clock_slack{1};
  if (shown > now + clock_slack) return fail(Code::bad_argument, "\"at\" is yet to come: write the time that stood beside the version");
  if (now - shown > shown_for)
    return fail(Code::refused, fmt::format("this was shown over {} minutes ago, and its times and ages may be wrong by now; read it again, "
                                           "and release that",
                                           shown_for.count()));
  return {};
}

StatementSentence sentence_of(const Said& said) {
  const auto& facts = said.claim.facts;
  const auto skipped = facts.size() - std::min(facts.size(), statement_limits::facts);
  StatementSentence sentence{std::string(said.sentence->id), said.digest, {}};
  for (auto at = facts.begin() + static_cast<std::ptrdiff_t>(skipped); at != facts.end(); ++at)
    sentence.facts.push_back(static_cast<std::int64_t>(*at));
  return sentence;
}
}  // namespace

Result<Statement> release(const Judged& judged, const Wanted& wanted, const PersonId& by, const std::vector<std::string>& languages) {
  KULLA_CHECK(check_texts(wanted.texts, languages));
  KULLA_CHECK(check_age(wanted.shown, judged.at));
  if (wanted.version != to_hex(judged.version))
    return fail(Code::refused, "what may be said has changed since this was shown; read it again, and release that");
  if (wanted.sentences.size() > statement_limits::sentences) return fail(Code::too_large, "too many sentences");
  Statement statement{judged.version, by, wanted.texts, {}};
  for (const auto& id : wanted.sentences) {
    const auto* said = judged.find(id);
    if (!said) return fail(Code::refused, fmt::format("the sentence \"{}\" does not hold now", id.substr(0, 64)));
    if (std::ranges::count(statement.sentences, id, &StatementSentence::id))
      return fail(Code::bad_argument, fmt::format("the sentence \"{}\" is named twice", id));
    statement.sentences.push_back(sentence_of(*said));
  }
  return statement;
}

std::optional<Promised> promised(const Record& record) {
  if (record.releases.empty()) return std::nullopt;
  const auto& [mark, statement, failed] = record.releases.back();
  const auto found = std::ranges::find(statement.sentences, next_update_sentence, &StatementSentence::id);
  if (found == statement.sentences.end()) return std::nullopt;
  if (failed[static_cast<std::size_t>(found - statement.sentences.begin())] != 0 || !holds(record, *found)) return std::nullopt;
  const auto by = next_update_by(mark.at, record.next_update);
  return Promised{by, record.now > by};
}
}  // namespace kulla::notify
