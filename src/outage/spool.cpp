#include "outage/spool.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>
#include <utility>

#include "base/canonical_json.hpp"
#include "base/hash.hpp"
#include "outage/wire.hpp"

namespace kulla::outage {
namespace fs = std::filesystem;
namespace {
constexpr std::size_t check_digits = 16, number_digits = 16;
constexpr std::size_t record_limit = 8192;            // a line has at most 4096 bytes
constexpr std::size_t chunk = std::size_t{64} << 10;  // read at once; holds a record
static_assert(chunk > record_limit);
constexpr std::size_t most_segments = 4096;  // of restarts too, each of which begins one
constexpr std::size_t put_at_once = 1000;    // of what waits: some milliseconds, in which the prober cannot append
constexpr std::uint64_t reserve = 1'000'000;  // numbers that may have been used in the second that a power cut takes
constexpr std::uint64_t highest = std::uint64_t{1} << 53;

std::string check_of(std::string_view number_and_line) { return to_hex(sha256(number_and_line)).substr(0, check_digits); }

std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = !text.empty() && error == std::errc{} && end == text.data() + text.size() && number <= highest;
  return whole ? std::optional{number} : std::nullopt;
}

struct Name {
  std::uint64_t first, begin;
};
std::string name_of(const Name& name) { return fmt::format("{:016}-{:016}.seg", name.first, name.begin); }
std::optional<Name> name_in(std::string_view text) {
  if (text.size() != 2 * number_digits + 5 || text[number_digits] != '-' || !text.ends_with(".seg")) return {};
  const auto first = number_in(text.substr(0, number_digits)), begin = number_in(text.substr(number_digits + 1, number_digits));
  return first && begin ? std::optional{Name{*first, *begin}} : std::nullopt;
}

/// Whatever is at hand, up to the buffer's size; an unreadable file has no more.
std::size_t read_at(int file, std::string& buffer, std::uint64_t at) {
  for (;;) {
    const auto got = ::pread(file, buffer.data(), buffer.size(), static_cast<off_t>(at));
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) return 0;
  }
}

using OnRecord = std::function<void(std::uint64_t, std::string_view)>;
/// A whole file in pieces. The bytes after its last whole line are damage: a record was cut.
std::uint64_t read_whole(const fs::path& path, const OnRecord& record) {
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
  if (!file) return 1;
  std::string buffer(chunk, '\0');
  std::uint64_t damaged = 0;
  for (std::uint64_t at = 0;;) {
    const auto got = read_at(file.get(), buffer, at);
    auto read = each_spool_record({buffer.data(), got}, record);
    damaged += read.damaged;
    if (read.used == 0 && got < chunk) return damaged + (got > 0 ? 1 : 0);
    damaged += read.used == 0 ? 1 : 0;
    at += read.used == 0 ? got : read.used;
  }
}
}  // namespace

std::string spool_record(std::uint64_t number, std::string_view line) {
  const auto text = fmt::format("{} {}", number, line);
  const auto after = text.size() - line.size();
  return fmt::format("{}{} {}\n", text.substr(0, after), check_of(text), line);
}

SpoolRead each_spool_record(std::string_view bytes, const OnRecord& record) {
  SpoolRead read;
  for (auto end = bytes.find('\n'); end != std::string_view::npos; end = bytes.find('\n', read.used)) {
    const auto text = bytes.substr(read.used, end - read.used);
    read.used = end + 1;
    const auto space = text.find(' ');
    const auto number = number_in(text.substr(0, space));
    const bool framed = number && text.size() > space + check_digits + 1 && text[space + check_digits + 1] == ' ';
    const auto line = framed ? text.substr(space + check_digits + 2) : std::string_view{};
    if (framed && check_of(fmt::format("{} {}", text.substr(0, space), line)) == text.substr(space + 1, check_digits))
      record(*number, line);
    else ++read.damaged;
  }
  return read;
}

// --- open and close

Result<std::unique_ptr<Spool>> Spool::open(SpoolSettings settings, const Clock& clock) {
  std::unique_ptr<Spool> spool{new Spool{std::move(settings), clock}};
  KULLA_CHECK(spool->lock_folder());
  KULLA_CHECK(spool->find_segments());
  KULLA_CHECK(spool->find_place());
  KULLA_CHECK(spool->write_state(false));
  spool->state_written_ = true;
  return spool;
}

Spool::~Spool() {
  if (!lock_) return;
  while (!sync()) {}
  if (state_written_) (void)write_state(true);
}

Result<> Spool::lock_folder() {
  const auto& folder = settings_.folder;
  std::error_code error;
  if (fs::create_directories(folder, error)) fs::permissions(folder, fs::perms::owner_all, error);
  if (error) return fail(Code::io, fmt::format("{}: {}", folder.string(), error.message()));
  Descriptor lock{::open((folder / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!lock) return fail_errno((folder / "lock").string());
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0)
    return fail(Code::refused, fmt::format("{}: another 'kulla probe' writes this spool; give each its own", folder.string()));
  lock_ = std::move(lock);
  return {};
}

Result<> Spool::find_segments() {
  std::error_code error;
  for (fs::directory_iterator each{settings_.folder, error}, end; !error && each != end; each.increment(error)) {
    const auto name = name_in(each->path().filename().string());
    std::error_code no_size;
    const auto bytes = name ? each->file_size(no_size) : 0;
    if (!name || no_size) continue;
    segments_[name->first] = {each->path(), name->begin, bytes, 0};
    bytes_ += bytes;
  }
  if (error) return fail(Code::io, fmt::format("{}: {}", settings_.folder.string(), error.message()));
  return {};
}

/// The last number that this segment shows; its name alone shows that all before its first were given.
std::uint64_t Spool::last_in(std::uint64_t first, Segment& segment, bool& whole) const {
  auto last = first == 0 ? 0 : first - 1;
  whole = read_whole(segment.path, [&](std::uint64_t number, std::string_view) { last = std::max(last, number); }) == 0;
  return last;
}

/// Where the numbers go on: after the last one, where it is sure that no later one was ever sent.
Result<> Spool::find_place() {
  bool whole = false;
  std::uint64_t found = 0;
  if (!segments_.empty()) {
    auto& [first, newest] = *segments_.rbegin();
    found = last_in(first, newest, whole);
    begin_ = newest.begin;
  }
  const auto text = read_file(settings_.folder / "state.json", record_limit);
  const auto state = text ? parse_json(*text, record_limit) : Result<json::value>{json::object{}};
  const auto* fields = state ? state->if_object() : nullptr;
  const auto* boot = fields ? fields->if_contains("boot") : nullptr;
  const auto* closed = fields ? fields->if_contains("last") : nullptr;
  const auto last = closed && closed->is_int64() ? static_cast<std::uint64_t>(closed->get_int64()) : 0;
  const bool same_boot = boot && boot->is_string() && boot->get_string() == clock_.boot();
  last_ = std::min(std::max(found, last), highest - reserve);
  if (whole && (closed ? last == found : same_boot)) return {};
  const auto wall = std::max<std::int64_t>(clock_.now().wall.time_since_epoch().count(), 1);
  begin_ = std::max(last_ == 0 ? 1 : last_ + reserve, static_cast<std::uint64_t>(wall));
  last_ = begin_ - 1;
  return {};
}

Result<> Spool::write_state(bool closed) const {
  json::object state{{"boot", clock_.boot()}};
  if (closed) state["last"] = std::max(last_, counts_.foreign);
  return write_file_atomic(settings_.folder / "state.json", canonical(state) + "\n", 0600);
}

// --- write

std::uint64_t Spool::next_number() const {
  const std::scoped_lock lock{mutex_};
  return last_ + 1;
}

void Spool::append(std::uint64_t number, std::string_view line) {
  const std::scoped_lock lock{mutex_};
  if (number <= last_ || number > highest || line.size() > record_limit / 2) {
    ++counts_.lost;
    return;
  }
  last_ = number;
  if (waiting_.empty() && put(number, line)) return;
  // What is sent out of memory shows in no segment: without its state the next start begins a new stretch. A full disk can still unlink.
  if (std::exchange(state_written_, false)) ::unlink((settings_.folder / "state.json").c_str());
  if (waiting_.size() < settings_.kept_lines) waiting_.push_back({number, std::string{line}});
  else ++counts_.lost;
}

bool Spool::put(std::uint64_t number, std::string_view line) {
  const auto record = spool_record(number, line);
  const bool fits = writing_ && segments_.rbegin()->second.bytes + record.size() <= settings_.segment;
  if (auto begun = fits ? Result<>{} : begin_segment(number); !begun) {
    counts_.problem = begun.error().what;
    return false;
  }
  auto& segment = segments_.rbegin()->second;
  if (const auto written = settings_.write(writing_->get(), record); !written) {
    counts_.problem = written.error().what;
    // A part of it may be there; where even that cannot be taken back, the reader skips it.
    if (::ftruncate(writing_->get(), static_cast<off_t>(segment.bytes)) != 0) writing_.reset();
    return false;
  }
  counts_.problem.clear();
  segment.bytes += record.size();
  bytes_ += record.size();
  if (unsynced_.empty() || unsynced_.back() != writing_) unsynced_.push_back(writing_);
  keep_within_limit();
  return true;
}

Result<> Spool::begin_segment(std::uint64_t number) {
  const auto path = settings_.folder / name_of({number, begin_});
  Descriptor file{::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!file) return fail_errno(path.string());
  writing_ = std::make_shared<Descriptor>(std::move(file));
  segments_[number] = {path, begin_, 0, 0};
  names_unsynced_ = true;
  return {};
}

void Spool::keep_within_limit() {
  while (segments_.size() > 1 && (bytes_ > settings_.limit || segments_.size() > most_segments)) {
    (void)read_whole(segments_.begin()->second.path,
                     [this](std::uint64_t number, std::string_view) { counts_.over_limit += number > acknowledged_ ? 1 : 0; });
    drop(segments_.begin());
  }
}

void Spool::drop(Segments::iterator segment) {
  if (cursor_.file && cursor_.first == segment->first) cursor_ = {};
  ::unlink(segment->second.path.c_str());
  bytes_ -= segment->second.bytes;
  segments_.erase(segment);
}

/// True where there may be more that the disk takes.
bool Spool::put_some_that_wait() {
  for (std::size_t count = 0; count < put_at_once; ++count) {
    if (waiting_.empty() || !put(waiting_.front().number, waiting_.front().line)) return false;
    waiting_.pop_front();
  }
  return !waiting_.empty();
}

bool Spool::sync() {
  std::vector<std::shared_ptr<Descriptor>> files;
  bool names = false, mend = false, more = false;
  {
    const std::scoped_lock lock{mutex_};
    more = put_some_that_wait();
    files.swap(unsynced_);
    mend = waiting_.empty() && !state_written_;
    names = std::exchange(names_unsynced_, false);
  }
  // Without the lock: the prober goes on meanwhile.
  Result<> synced;
  for (const auto& file : files)
    if (::fdatasync(file->get()) != 0) synced = fail_errno("spool");
  if (names && synced) synced = sync_folder(settings_.folder);
  if (mend && synced) synced = write_state(false);
  if (synced && !mend) return !more;
  const std::scoped_lock lock{mutex_};
  if (synced) state_written_ = true;
  else counts_.problem = synced.error().what;
  return !more || !synced;
}

// --- read

/// The last number that can be in it.
std::uint64_t Spool::last_of(Segments::const_iterator segment) const {
  const auto next = std::next(segment);
  return next == segments_.end() ? last_ : next->first - 1;
}

/// Opens the first segment after the cursor's that can hold something unread; says with which number its stretch began.
bool Spool::go_to_next_segment(std::string& out) {
  auto next = cursor_.file ? segments_.upper_bound(cursor_.first) : segments_.begin();
  while (next != segments_.end() && last_of(next) <= read_) ++next;
  if (next == segments_.end()) return false;
  Descriptor file{::open(next->second.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
  if (!file) {
    ++counts_.damaged;
    drop(next);
    return !segments_.empty() && go_to_next_segment(out);
  }
  cursor_ = {std::move(file), next->first, 0};
  out += begins_line(next->second.begin);
  return true;
}

/// One piece from where the cursor is; false at the end of what is there.
bool Spool::read_segment(std::string& out) {
  const auto found = cursor_.file ? segments_.find(cursor_.first) : segments_.end();
  if (found == segments_.end()) return false;
  auto& segment = found->second;
  std::string buffer(chunk, '\0');
  const auto got = read_at(cursor_.file.get(), buffer, cursor_.at);
  auto read = each_spool_record({buffer.data(), got}, [&](std::uint64_t number, std::string_view line) {
    if (number <= read_) return;
    read_ = number;
    (out += line) += '\n';
  });
  const bool written_still = std::next(found) == segments_.end() && writing_;
  if (read.used == 0 && got > 0 && (got == chunk || !written_still)) read = {got, 1};  // no end in sight, or a cut tail
  if (cursor_.at >= segment.checked) counts_.damaged += read.damaged;
  cursor_.at += read.used;
  segment.checked = std::max(segment.checked, cursor_.at);
  return read.used > 0;
}

std::string Spool::read(std::size_t size) {
  const std::scoped_lock lock{mutex_};
  std::string out;
  while (out.size() < size && (read_segment(out) || go_to_next_segment(out))) {}
  auto next = std::ranges::upper_bound(waiting_, read_, {}, &Waiting::number);
  for (; next != waiting_.end() && out.size() < size; ++next) {
    read_ = next->number;
    (out += next->line) += '\n';
  }
  return out;
}

void Spool::rewind(std::uint64_t number) {
  const std::scoped_lock lock{mutex_};
  read_ = number;
  cursor_ = {};
}

void Spool::acknowledge(std::uint64_t number) {
  const std::scoped_lock lock{mutex_};
  if (number > last_) counts_.foreign = std::max(counts_.foreign, number);
  acknowledged_ = std::max(acknowledged_, std::min(number, last_));
  while (segments_.size() > 1 && last_of(segments_.begin()) <= acknowledged_) drop(segments_.begin());
  while (!waiting_.empty() && waiting_.front().number <= acknowledged_) waiting_.pop_front();
}

Spool::Counts Spool::counts() const {
  const std::scoped_lock lock{mutex_};
  auto counts = counts_;
  counts.waiting = waiting_.size();
  return counts;
}
}  // namespace kulla::outage
