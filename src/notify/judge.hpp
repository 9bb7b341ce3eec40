// What may be said now, what may not and what is missing, and what was said and holds no longer. In no language yet. Pure.
#pragma once
#include <string>
#include <vector>

#include "base/result.hpp"
#include "notify/sentences.hpp"

namespace kulla::notify {

struct Said {
  const Sentence* sentence = nullptr;
  Claim claim;
  Digest digest;
};
struct Unsaid {
  std::string_view sentence;
  Missing missing;
};
/// A sentence of the newest release that holds no longer.
struct Withdrawn {
  std::string sentence;
  std::uint64_t since = 0;  ///< the fact after which it did not; where `aged`, the one that grew too old
  bool aged = false;        ///< no fact made it false, but time
};
struct Judged {
  Timestamp at;  ///< as of when
  std::vector<Said> said;
  std::vector<Unsaid> cannot;
  std::vector<Withdrawn> withdrawn;
  Digest version;  ///< of all that is said: binds what a person was shown
  [[nodiscard]] const Said* find(std::string_view sentence) const;
};
[[nodiscard]] Judged judge(const Record& record);

/// After a fact that touched `aspects`: notes which sentences of the newest release it made false. `number` is that fact's.
void note_failures(Record& record, std::uint64_t number, unsigned aspects);

/// A text holds ages and the time of the next update, which change with the clock and are no part of a version.
inline constexpr std::chrono::minutes shown_for{10};

/// What a person wants released, against what may be said now. `languages`: those that a release must have.
///   Code::refused       the version is not the present one, it was shown too long ago, or it claims a sentence that does not hold
///   Code::bad_argument  a language is missing, twice or unknown; a text is empty or holds control characters; it was shown in the future
///   Code::too_large     more text than a release may have
struct Wanted {
  std::string version;
  Timestamp shown;  ///< when what the text was made from was shown
  std::vector<StatementText> texts;
  std::vector<std::string> sentences;
};
[[nodiscard]] Result<Statement> release(const Judged& judged, const Wanted& wanted, const PersonId& by,
                                        const std::vector<std::string>& languages);

/// The update that the newest release promised; none where it promised none, or what it was about is over.
struct Promised {
  Timestamp by;
  bool overdue = false;
};
[[nodiscard]] std::optional<Promised> promised(const Record& record);

}  // namespace kulla::notify
