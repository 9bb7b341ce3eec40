// Entries are parsed where they lie; only one that is cut by the end of the bytes is copied, and gone on with where it stopped. An entry
// that is too long is passed over field by field: a search for its end would take what a program logged for entries.
#include <algorithm>
#include <charconv>

#include "event/text/linux_service.hpp"
#include "event/text/readers.hpp"

namespace kulla::event {
namespace {
constexpr auto npos = std::string_view::npos;
constexpr std::size_t length_size = 8;

std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t at = length_size; at-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[at]);
  return value;
}

std::optional<Timestamp> microseconds_since_1970(std::string_view digits) {
  constexpr std::int64_t last = 253'402'300'799'999'999;  // of the year 9999
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size() || value < 0 || value > last) return std::nullopt;
  return Timestamp{std::chrono::microseconds{value}};
}

class Journald final : public Reader {
 public:
  explicit Journald(const ReadOptions& options) : options_(options) {}
  void read(std::string_view bytes, bool last, const OnRecord& on_record) override;
  [[nodiscard]] const Losses& losses() const override { return losses_; }
  [[nodiscard]] std::uint64_t last_number() const override { return number_; }

 private:
  struct Field {
    std::size_t name, name_size, value, value_size;
  };
  // Each takes from the front of `bytes`, which begin with the present entry, or with its next field if it is being dropped.
  void parse(std::string_view& bytes, const OnRecord& on_record);
  bool parse_field(std::string_view& bytes, const OnRecord& on_record);
  bool parse_binary(std::string_view& bytes, std::size_t name_end);
  void end_entry(std::string_view& bytes, const OnRecord& on_record);
  void end_input(std::string_view bytes, const OnRecord& on_record);
  void release(std::string_view& bytes, std::size_t size);
  bool skip(std::string_view& bytes);
  void hand_on(std::string_view entry, const OnRecord& on_record);
  void drop(std::string_view why);

  ReadOptions options_;
  std::string rest_;            // of the entry whose end has not come
  std::vector<Field> fields_;   // of the present entry, by offsets in it
  std::size_t at_ = 0;          // where its next field begins
  std::size_t searched_ = 0;    // no newline from at_ to here
  std::uint64_t to_skip_ = 0;   // bytes of a field that is too long, yet to come
  bool skipping_line_ = false;  // likewise, to the end of the line
  bool dropping_ = false;       // the present entry is not handed on
  Event event_;
  Losses losses_;
  std::uint64_t number_ = 0;
};

void Journald::drop(std::string_view why) {
  if (!dropping_) losses_.add(number_ + 1, 0, why);
  dropping_ = true;
  fields_.clear();
}

void Journald::release(std::string_view& bytes, std::size_t size) {
  if (dropping_) losses_.bytes += size;
  bytes.remove_prefix(size);
  at_ = searched_ = 0;
}

bool Journald::skip(std::string_view& bytes) {
  const auto known = static_cast<std::size_t>(std::min<std::uint64_t>(to_skip_, bytes.size()));
  to_skip_ -= known;
  release(bytes, known);
  if (!skipping_line_) return to_skip_ == 0;
  const auto newline = bytes.find('\n');
  skipping_line_ = newline == npos;
  release(bytes, skipping_line_ ? bytes.size() : newline + 1);
  return !skipping_line_;
}

bool Journald::parse_binary(std::string_view& bytes, std::size_t name_end) {
  const auto value = name_end + 1 + length_size;
  if (bytes.size() < value) return false;
  const auto size = little_endian(bytes.substr(name_end + 1));
  if (size > record_limit || value + size > record_limit) {
    drop("an entry over the limit of 16 MiB");
    release(bytes, value);
    to_skip_ = std::max(size, size + 1);  // with its newline
    return true;
  }
  if (bytes.size() <= value + size) return false;
  if (bytes[value + size] != '\n') drop("a binary field is not as long as it says");
  fields_.push_back({at_, name_end - at_, value, size});
  at_ = searched_ = value + size + 1;
  return true;
}

/// One field, or the entry's end; false where the rest of it has not come.
bool Journald::parse_field(std::string_view& bytes, const OnRecord& on_record) {
  const auto newline = bytes.find('\n', searched_);
  searched_ = std::min(newline, bytes.size());
  if (newline == npos && bytes.size() > record_limit) {
    drop("an entry over the limit of 16 MiB");
    release(bytes, bytes.size());
    skipping_line_ = true;
    return true;
  }
  if (newline == npos) return false;
  if (newline == at_) return end_entry(bytes, on_record), true;
  const auto equals = bytes.substr(0, newline).find('=', at_);
  if (equals == npos) return parse_binary(bytes, newline);
  fields_.push_back({at_, equals - at_, equals + 1, newline - equals - 1});
  at_ = searched_ = newline + 1;
  if (at_ > record_limit) drop("an entry over the limit of 16 MiB");
  return true;
}

void Journald::parse(std::string_view& bytes, const OnRecord& on_record) {
  while (!bytes.empty()) {
    if ((to_skip_ > 0 || skipping_line_) && !skip(bytes)) return;
    if (!parse_field(bytes, on_record)) return;
    if (dropping_) release(bytes, at_), fields_.clear();
  }
}

void Journald::end_entry(std::string_view& bytes, const OnRecord& on_record) {
  const bool there = !fields_.empty() && !dropping_;
  if (there || dropping_) ++number_;
  if (there) hand_on(bytes, on_record);
  fields_.clear();
  release(bytes, std::min(at_ + 1, bytes.size()));
  dropping_ = false;
}

void Journald::hand_on(std::string_view entry, const OnRecord& on_record) {
  event_.clear();
  event_.seen = event_.recorded = options_.seen;
  event_.number = number_;
  event_.product = "linux";
  std::string_view program, command;
  std::optional<Timestamp> source;
  for (const auto& field : fields_) {
    const auto name = entry.substr(field.name, field.name_size), value = entry.substr(field.value, field.value_size);
    event_.add(name, value);
    if (name == "__REALTIME_TIMESTAMP") event_.recorded = microseconds_since_1970(value).value_or(event_.recorded);
    if (name == "_SOURCE_REALTIME_TIMESTAMP") source = microseconds_since_1970(value);
    if (name == "SYSLOG_IDENTIFIER") program = value;
    if (name == "_COMM") command = value;
  }
  event_.happened = source.value_or(event_.recorded);
  event_.service = linux_service(program, {});
  if (event_.service == "syslog") event_.service = linux_service(command, {});
  on_record(event_);
}

void Journald::end_input(std::string_view bytes, const OnRecord& on_record) {
  const bool whole = at_ == bytes.size() && to_skip_ == 0 && !skipping_line_;
  if (!whole && !dropping_) losses_.add(number_ + 1, bytes.size(), "the input ends within an entry");
  if (whole) end_entry(bytes, on_record);
}

void Journald::read(std::string_view bytes, bool last, const OnRecord& on_record) {
  const bool kept = !rest_.empty();
  if (kept) bytes = rest_.append(bytes);
  parse(bytes, on_record);
  if (last) end_input(bytes, on_record), bytes = {};
  if (kept) rest_.erase(0, rest_.size() - bytes.size());
  else rest_ = bytes;
}
}  // namespace

std::unique_ptr<Reader> make_journald_reader(const ReadOptions& options) { return std::make_unique<Journald>(options); }

}  // namespace kulla::event
