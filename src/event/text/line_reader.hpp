// A reader of lines: cuts them, numbers them, counts what is wrong with them.
#pragma once
#include "event/lines.hpp"
#include "event/text/readers.hpp"

namespace kulla::event {

class LineReader : public Reader {
 public:
  explicit LineReader(const ReadOptions& options) : options_(options) {}
  void read(std::string_view bytes, bool last, const OnRecord& on_record) final;
  [[nodiscard]] const Losses& losses() const final { return losses_; }
  [[nodiscard]] std::uint64_t last_number() const final { return lines_.number(); }

 protected:
  /// One line, not empty, without its ending.
  virtual void take(std::string_view line, const OnRecord& on_record) = 0;
  /// Nothing follows.
  virtual void end(const OnRecord&) {}
  /// The event, cleared, with what is known of every line.
  Event& begin(std::string_view line);
  void fault(std::string_view why, std::uint64_t skipped = 0) { losses_.add(lines_.number(), skipped, why); }
  [[nodiscard]] std::uint64_t number() const { return lines_.number(); }
  [[nodiscard]] const ReadOptions& options() const { return options_; }

 private:
  ReadOptions options_;
  LineSplitter lines_{record_limit};
  Event event_;
  Losses losses_;
};

}  // namespace kulla::event
