#include "event/json.hpp"

#include <simdjson.h>

#include "event/json_record.hpp"
#include "event/text/line_reader.hpp"

namespace kulla::event {
namespace {
constexpr std::string_view blanks = " \t\r\n";

/// Every byte that is not UTF-8 becomes U+FFFD.
void make_utf8(std::string_view text, std::string& out) {
  out.clear();
  for (std::size_t at = 0; at < text.size();) {
    std::size_t width = 1;
    while (width < 4 && !simdjson::validate_utf8(text.data() + at, width) && at + width < text.size()) ++width;
    const bool good = simdjson::validate_utf8(text.data() + at, width);
    if (good) out.append(text.substr(at, width));
    else out += "\uFFFD", width = 1;
    at += width;
  }
}

/// What both readers do with the text of one object. `lose(bytes, why)` is told what could not be used.
class JsonRecords {
 public:
  template <typename Lose>
  void take(std::string_view text, std::uint64_t number, const Lose& lose, const Reader::OnRecord& on_record) {
    auto fault = read(text, number);
    if (!fault.empty() && !simdjson::validate_utf8(text.data(), text.size())) {
      make_utf8(text, utf8_);
      utf8_.append(read_padding, '\0');
      fault = read(std::string_view{utf8_}.substr(0, utf8_.size() - read_padding), number);
      lose(0, "bytes that are not UTF-8 were replaced");
    }
    if (!fault.empty()) lose(event_.fields().empty() ? text.size() : 0, fault);
    if (fault.empty() || !event_.fields().empty()) on_record(event_);
  }

 private:
  std::string_view read(std::string_view text, std::uint64_t number) {
    event_.clear();
    event_.number = number;
    return record_.read(text, event_);
  }
  JsonRecord record_;
  Event event_;
  std::string utf8_;
};

class NdjsonReader final : public LineReader {
 public:
  NdjsonReader() : LineReader(ReadOptions{}) {}

 private:
  void take(std::string_view line, const OnRecord& on_record) override {
    const auto first = line.find_first_not_of(blanks);
    if (first == std::string_view::npos) return;
    const auto lose = [&](std::uint64_t bytes, std::string_view why) { fault(why, bytes); };
    records_.take(line.substr(first), number(), lose, on_record);
  }
  JsonRecords records_;
};

/// Finds where objects begin and end, knowing strings and braces only.
class ObjectReader final : public Reader {
 public:
  void read(std::string_view bytes, bool last, const OnRecord& on_record) override {
    for (const char c : bytes) take(c, on_record);
    if (!last) return;
    if (depth_ > 0) losses_.add(number_ + 1, object_.size(), "the input ends within an object");
    if (stray_ > 0) losses_.add(number_, stray_, "text between objects");
    depth_ = 0, stray_ = 0;
    object_.clear();
  }
  const Losses& losses() const override { return losses_; }
  std::uint64_t last_number() const override { return number_; }

 private:
  void take(char c, const OnRecord& on_record) {
    if (depth_ == 0 && c != '{') return between(c);
    if (object_.size() <= record_limit) object_ += c;
    if (in_string_) return within_string(c);
    if (c == '"') in_string_ = true;
    else if (c == '{') ++depth_;
    else if (c == '[') open_wrapper();
    else if (c == '}' && --depth_ == 0) finish(on_record);
  }
  void between(char c) {
    if (blanks.find(c) == std::string_view::npos && c != ',' && c != '[' && c != ']' && !(c == '}' && wrapped_)) ++stray_;
  }
  void within_string(char c) {
    if (escaped_) escaped_ = false;
    else if (c == '\\') escaped_ = true;
    else if (c == '"') in_string_ = false;
  }
  /// `{"Records": [` is not an event but stands around events.
  void open_wrapper() {
    if (depth_ != 1 || number_ > 0 || object_.size() > 40) return;
    std::string bare;
    for (const char c : object_)
      if (blanks.find(c) == std::string_view::npos) bare += c;
    if (bare != R"({"Records":[)") return;
    depth_ = 0;
    wrapped_ = true;
    object_.clear();
  }
  void finish(const OnRecord& on_record) {
    ++number_;
    const auto size = object_.size();
    if (size > record_limit) {
      losses_.add(number_, size, "an object longer than the limit of 16 MiB");
    } else {
      object_.append(read_padding, '\0');
      records_.take(
          std::string_view{object_}.substr(0, size), number_,
          [&](std::uint64_t bytes, std::string_view why) { losses_.add(number_, bytes, why); }, on_record);
    }
    object_.clear();
  }
  std::string object_;
  int depth_ = 0;
  bool in_string_ = false, escaped_ = false, wrapped_ = false;
  std::size_t stray_ = 0;
  std::uint64_t number_ = 0;
  JsonRecords records_;
  Losses losses_;
};
}  // namespace

std::unique_ptr<Reader> make_ndjson_reader() { return std::make_unique<NdjsonReader>(); }
std::unique_ptr<Reader> make_json_reader() { return std::make_unique<ObjectReader>(); }

}  // namespace kulla::event
