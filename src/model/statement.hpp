// A statement for the public as a person released it: its text in each language, and the sentences that it claims.
#pragma once
#include <boost/describe.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "base/hash.hpp"
#include "model/names.hpp"

namespace kulla {

struct StatementText {
  std::string language;  ///< "sq"
  std::string text;
  friend bool operator==(const StatementText&, const StatementText&) = default;
};
/// One sentence that the text says, whatever words a person has given it.
struct StatementSentence {
  std::string id;
  Digest claim;                      ///< of what it says: its numbers, names and times
  std::vector<std::int64_t> facts;   ///< on which it rests, by their numbers
  friend bool operator==(const StatementSentence&, const StatementSentence&) = default;
};
struct Statement {
  Digest version;                    ///< of all that could be said when it was shown to who released it
  PersonId by;
  std::vector<StatementText> texts;  ///< every language, released as one
  std::vector<StatementSentence> sentences;
  friend bool operator==(const Statement&, const Statement&) = default;
};
BOOST_DESCRIBE_STRUCT(StatementText, (), (language, text))
BOOST_DESCRIBE_STRUCT(StatementSentence, (), (id, claim, facts))
BOOST_DESCRIBE_STRUCT(Statement, (), (version, by, texts, sentences))

/// Together well below what a fact may hold (1 MiB), so that a statement never stands in the ledger's way.
namespace statement_limits {
inline constexpr std::size_t texts = 16, text_bytes = 64 * 1024;     // all texts together; the API takes no larger body
inline constexpr std::size_t sentences = 32, facts = 2048;           // of each sentence; of more, the newest
}  // namespace statement_limits

}  // namespace kulla
