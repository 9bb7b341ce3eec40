#include "event/json.hpp"

#include <simdjson.h>

#include <array>
#include <cstring>

#include "event/json_lines.hpp"
#include "event/json_record.hpp"

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

/// What both readers do with the text of one object.
class JsonReader : public Reader {
 public:
  const Losses& losses() const override { return losses_; }

 protected:
  void record(std::string_view text, std::uint64_t number, const OnRecord& on_record) {
    event_.clear();
    event_.number = number;
    auto fault = record_.read(text, event_);
    if (!fault.empty() && !simdjson::validate_utf8(text.data(), text.size())) {
      make_utf8(text, utf8_);
      utf8_.append(read_padding, '\0');
      event_.clear();
      event_.number = number;
      fault = record_.read(std::string_view{utf8_}.substr(0, utf8_.size() - read_padding), event_);
      losses_.add(number, 0, "bytes that are not UTF-8 were replaced");
    }
    if (!fault.empty()) losses_.add(number, event_.fields().empty() ? text.size() : 0, fault);
    if (fault.empty() || !event_.fields().empty()) on_record(event_);
  }
  Losses losses_;

 private:
  JsonRecord record_;
  Event event_;
  std::string utf8_;
};

class NdjsonReader final : public JsonReader {
 public:
  void read(std::string_view bytes, bool last, const OnRecord& on_record) override {
    const auto on_line = [&](std::string_view line) {
      const auto first = line.find_first_not_of(blanks);
      if (first != std::string_view::npos) record(line.substr(first), lines_.number(), on_record);
    };
    lines_.feed(bytes, last, on_line,
                [&](std::size_t size) { losses_.add(lines_.number(), size, "a line longer than the limit of 16 MiB"); });
  }
  std::uint64_t last_number() const override { return lines_.number(); }

 private:
  JsonLines lines_;
};

/// Finds where objects begin and end, knowing strings and braces only.
class ObjectReader final : public JsonReader {
 public:
  void read(std::string_view bytes, bool last, const OnRecord& on_record) override {
    for (const char c : bytes) take(c, on_record);
    if (!last) return;
    if (depth_ > 0) losses_.add(number_ + 1, object_.size(), "the input ends within an object");
    if (stray_ > 0) losses_.add(number_, stray_, "text between objects");
    depth_ = 0, stray_ = 0;
    object_.clear();
  }
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
      record(std::string_view{object_}.substr(0, size), number_, on_record);
    }
    object_.clear();
  }
  std::string object_;
  int depth_ = 0;
  bool in_string_ = false, escaped_ = false, wrapped_ = false;
  std::size_t stray_ = 0;
  std::uint64_t number_ = 0;
};
}  // namespace

std::unique_ptr<Reader> make_ndjson_reader() { return std::make_unique<NdjsonReader>(); }
std::unique_ptr<Reader> make_json_reader() { return std::make_unique<ObjectReader>(); }

Timestamp time_told(const Event& event) {
  constexpr std::array<std::string_view, 12> names{"TimeCreated",
                                                   "@timestamp",
                                                   "SystemTime",
                                                   "EventTime",
                                                   "UtcTime",
                                                   "timestamp",
                                                   "eventTime",
                                                   "time",
                                                   "ts",
                                                   "Timestamp",
                                                   "requestReceivedTimestamp",
                                                   "CreationTime"};
  if (event.happened != Timestamp{}) return event.happened;
  for (const auto name : names)
    if (const auto value = event.field(name)) {
      std::string text{*value};
      if (text.size() > 10 && text[10] == ' ') text[10] = 'T';
      if (text.size() >= 19 && text.find_first_of("Z+", 19) == std::string::npos && text.find('-', 19) == std::string::npos) text += 'Z';
      if (const auto time = parse_rfc3339(text)) return *time;
    }
  return {};
}

}  // namespace kulla::event
