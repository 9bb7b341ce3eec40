#include "detect/hunt.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <deque>
#include <future>
#include <mutex>

#include "detect/hunt_piece.hpp"
#include "event/input.hpp"
#include "event/readers.hpp"

namespace kulla::detect {
namespace {
namespace asio = boost::asio;
constexpr std::size_t piece_size = std::size_t{2} << 20;
constexpr std::size_t evtx_header = 4096, evtx_chunk = std::size_t{64} << 10;

/// How much of `bytes` stands by itself; 0 where more is needed.
std::size_t whole_part(event::Cut cut, std::string_view bytes, std::size_t before) {
  if (cut == event::Cut::lines) {
    const auto newline = bytes.rfind('\n');
    return newline == std::string_view::npos ? 0 : newline + 1;
  }
  const std::size_t header = before == 0 ? evtx_header : 0;
  return bytes.size() < header + evtx_chunk ? 0 : header + (bytes.size() - header) / evtx_chunk * evtx_chunk;
}
}  // namespace

struct Hunt::Work {
  Work(sigma::Loaded loaded, HuntSettings wanted)
      : settings(std::move(wanted)),
        programs(std::make_shared<sigma::Programs>(loaded.rules)),
        correlator(std::move(loaded.correlations)),
        pool(std::max(1U, settings.threads)) {
    for (unsigned at = 0; at < std::max(1U, settings.threads); ++at)
      idle.push_back(std::make_unique<PieceHunter>(programs, correlator, settings));
  }

  /// A hunter that nobody else uses; there are as many as threads.
  std::unique_ptr<PieceHunter> borrow() {
    const std::scoped_lock lock{mutex};
    auto hunter = std::move(idle.back());
    idle.pop_back();
    return hunter;
  }
  void give_back(std::unique_ptr<PieceHunter> hunter) {
    const std::scoped_lock lock{mutex};
    idle.push_back(std::move(hunter));
  }

  void tell(PieceResult piece, HuntedInput& input, std::uint64_t& before, const OnMatch& on_match);
  void correlate(const PieceMatch& match, std::uint64_t token, std::uint64_t before, const OnMatch& on_match);
  void in_one(event::ByteStream& bytes, std::string first, HuntedInput& input, event::Format format, const OnMatch& on_match,
              const OnProgress& on_progress, const std::atomic<bool>& stop);
  void in_pieces(event::ByteStream& bytes, std::string first, HuntedInput& input, event::Format format, event::Cut cut,
                 const OnMatch& on_match, const OnProgress& on_progress, const std::atomic<bool>& stop);

  HuntSettings settings;
  const event::ReadOptions read_options{.seen = SystemClock{}.now().wall};
  std::shared_ptr<sigma::Programs> programs;
  sigma::Correlator correlator;
  std::mutex mutex;
  std::vector<std::unique_ptr<PieceHunter>> idle;
  std::uint64_t events = 0;  ///< over all inputs, for the correlator's tokens
  asio::thread_pool pool;
};

namespace {
/// False at the end, or where the input fails, which is then said in `input`.
bool fill(event::ByteStream& from, std::string& bytes, std::size_t size, HuntedInput& input) {
  const auto more = event::fill(from, bytes, size);
  if (!more) input.error = more.error();
  return more.value_or(false);
}
}  // namespace

void Hunt::Work::correlate(const PieceMatch& match, std::uint64_t token, std::uint64_t before, const OnMatch& on_match) {
  const auto field = [&](std::string_view name) -> std::optional<std::string_view> {
    for (const auto& [known, value] : match.all)
      if (known == name) return value;
    return std::nullopt;
  };
  for (const auto& raised : correlator.on_match(match.rule, match.found.time.value_or(Timestamp{}), field, token)) {
    HuntMatch found = match.found;
    found.rule = &correlator.correlation(raised.correlation).head;
    found.record += before;
    found.fields = raised.group;
    found.events = raised.finding.events;
    on_match(found);
  }
}

void Hunt::Work::tell(PieceResult piece, HuntedInput& input, std::uint64_t& before, const OnMatch& on_match) {
  for (auto& match : piece.matches) {
    const auto token = events + match.event;
    if (!correlator.silent(match.rule)) {
      auto found = match.found;
      found.record += before;
      on_match(found);
    }
    if (correlator.wants(match.rule)) correlate(match, token, before, on_match);
  }
  events += piece.events;
  input.events += piece.events, input.outside += piece.outside;
  input.losses.append(piece.losses, before);
  before += piece.last_number;
}

// One reader sees all, because later records depend on earlier ones. Its losses and numbers are of the whole input already.
void Hunt::Work::in_one(event::ByteStream& bytes, std::string text, HuntedInput& input, event::Format format, const OnMatch& on_match,
                        const OnProgress& on_progress, const std::atomic<bool>& stop) {
  const auto reader = event::make_reader(format, read_options);
  auto hunter = borrow();
  for (bool more = true; more && !stop;) {
    more = fill(bytes, text, piece_size, input);
    const auto size = text.size();
    text.append(event::read_padding, '\0');
    auto piece = hunter->take(*reader, std::string_view{text}.substr(0, size), !more);
    piece.losses = {}, piece.last_number = 0;
    std::uint64_t before = 0;
    tell(std::move(piece), input, before, on_match);
    on_progress(bytes.taken());
    text.clear();
  }
  input.losses = reader->losses();
  give_back(std::move(hunter));
}

void Hunt::Work::in_pieces(event::ByteStream& bytes, std::string text, HuntedInput& input, event::Format format, event::Cut cut,
                           const OnMatch& on_match, const OnProgress& on_progress, const std::atomic<bool>& stop) {
  std::deque<std::future<PieceResult>> under_way;
  std::uint64_t before = 0;
  std::size_t taken = 0;
  const auto tell_first = [&] {
    tell(under_way.front().get(), input, before, on_match);
    under_way.pop_front();
    on_progress(bytes.taken());
  };
  for (bool more = true; more && !stop;) {
    more = fill(bytes, text, std::max(piece_size, text.size() + piece_size / 2), input);
    const auto whole = more ? whole_part(cut, text, taken) : text.size();
    if (whole == 0 && more && text.size() <= event::record_limit + piece_size) continue;
    const auto size = whole == 0 ? text.size() : whole;
    taken += size;
    std::string rest = text.substr(size);
    text.resize(size);
    text.append(event::read_padding, '\0');
    std::packaged_task<PieceResult()> task{[this, format, size, text = std::move(text)] {
      auto hunter = borrow();
      const auto reader = event::make_reader(format, read_options);
      auto result = hunter->take(*reader, std::string_view{text}.substr(0, size), true);
      give_back(std::move(hunter));
      return result;
    }};
    under_way.push_back(task.get_future());
    if (settings.threads > 1) asio::post(pool, std::move(task));
    else task();
    text = std::move(rest);
    while (under_way.size() > (settings.threads > 1 ? std::size_t{2} * settings.threads : 0)) tell_first();
  }
  while (!under_way.empty()) tell_first();
}

Hunt::Hunt(sigma::Loaded loaded, HuntSettings settings) : work_(std::make_unique<Work>(std::move(loaded), std::move(settings))) {}
Hunt::~Hunt() = default;
const sigma::RuleSet& Hunt::rules() const { return work_->programs->rules(); }
const sigma::Correlator& Hunt::correlator() const { return work_->correlator; }

HuntedInput Hunt::input(const std::filesystem::path& path, const OnMatch& on_match, const OnProgress& on_progress,
                        const std::atomic<bool>& stop) {
  HuntedInput input;
  auto file = event::open_input(path.string());
  if (!file) {
    input.error = std::move(file).error();
    return input;
  }
  event::TextStream bytes{std::move(*file)};
  std::string head;
  fill(bytes, head, event::head_limit, input);
  const auto format = work_->settings.format ? work_->settings.format : event::recognise(head, path.filename().string());
  if (!format) return input;
  input.format = event::name(*format);
  const auto cut = event::way_to_cut(*format, head);
  if (cut == event::Cut::none) work_->in_one(bytes, std::move(head), input, *format, on_match, on_progress, stop);
  else work_->in_pieces(bytes, std::move(head), input, *format, cut, on_match, on_progress, stop);
  return input;
}

}  // namespace kulla::detect
