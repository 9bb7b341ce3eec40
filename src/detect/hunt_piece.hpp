// One thread's part of a hunt: a piece of an input read and matched by itself.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "detect/hunt.hpp"
#include "detect/sigma/matcher.hpp"

namespace kulla::detect {

/// What a rule matched, before the order of all is known.
struct PieceMatch {
  std::size_t rule = 0;
  HuntMatch found;  ///< the record is counted from the beginning of the piece
  Fields all;       ///< of the event, where a correlation may ask
  std::uint64_t event = 0;  ///< within the piece: matches of one event have the same
};
struct PieceResult {
  std::vector<PieceMatch> matches;
  std::uint64_t events = 0, outside = 0, last_number = 0;
  event::Losses losses;
};

class PieceHunter {
 public:
  PieceHunter(std::shared_ptr<sigma::Programs> programs, const sigma::Correlator& correlator, const HuntSettings& settings);
  /// `bytes` have read_padding bytes after them. The reader goes on where it was: a new one for a piece that stands by itself.
  [[nodiscard]] PieceResult take(event::Reader& reader, std::string_view bytes, bool last);

 private:
  void look(const event::Event& event);
  [[nodiscard]] HuntMatch describe(std::size_t rule, const event::Event& event) const;

  sigma::Matcher matcher_;
  const sigma::Correlator& correlator_;
  const HuntSettings& settings_;
  PieceResult result_;
};

}  // namespace kulla::detect
