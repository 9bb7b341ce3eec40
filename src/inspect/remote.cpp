#include "inspect/remote.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/canonical_json.hpp"
#include "base/process.hpp"
#include "inspect/comparison.hpp"
#include "inspect/helper.hpp"
#include "inspect/wire.hpp"
#include "model/codec.hpp"

namespace kulla::inspect {
namespace {
constexpr std::size_t file_limit = std::size_t{4} << 30, report_limit = std::size_t{64} << 20, program_limit = std::size_t{256} << 20;
constexpr std::size_t unreadable_most = 200'000;

std::string shell_word(std::string_view text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

/// What runs there. A copy takes exactly its size from standard input, and leaves the rest to the program.
std::string command_of(std::size_t program_size) {
  if (program_size == 0) return "exec kulla-inspect serve";
  return fmt::format(
      "exec sh -c {}",
      shell_word(fmt::format("umask 077; d=$(mktemp -d) || exit 2; trap 'rm -rf \"$d\"' EXIT; head -c {} >\"$d/kulla-inspect\" && "
                             "chmod 700 \"$d/kulla-inspect\" && \"$d/kulla-inspect\" serve copied",
                             program_size)));
}

/// The last that a program says on standard error.
class LastWords {
 public:
  explicit LastWords(Descriptor from)
      : thread_([this, from = std::move(from)](const std::stop_token& stop) { listen(from.get(), stop); }) {}
  /// One line; empty where it said nothing.
  std::string text() {
    thread_.request_stop();
    thread_.join();
    while (!last_.empty() && std::string_view(" \r\n").contains(last_.back())) last_.pop_back();
    return one_line(last_.substr(last_.find_last_of('\n') + 1));
  }

 private:
  void listen(int from, const std::stop_token& stop) {
    constexpr std::size_t kept = 512;
    std::array<char, 4096> buffer;
    // What is there already is read in any case.
    for (pollfd waiting{from, POLLIN, 0}; ::poll(&waiting, 1, stop.stop_requested() ? 0 : 100) > 0 || !stop.stop_requested();) {
      if (waiting.revents == 0) continue;
      const auto got = ::read(from, buffer.data(), buffer.size());
      if (got <= 0) return;
      last_.append(buffer.data(), static_cast<std::size_t>(got));
      if (last_.size() > kept) last_.erase(0, last_.size() - kept);
    }
  }
  std::string last_;
  std::jthread thread_;
};

/// One conversation: we say all, then listen.
class Session {
 public:
  static Result<std::unique_ptr<Session>> start(const Remote& remote, const Options& options) {
    if (remote.destination.empty() || remote.destination.starts_with('-'))
      return fail(Code::bad_argument, fmt::format("\"{}\" is no destination for ssh", remote.destination));
    std::string program;
    if (remote.copy) {
      KULLA_TRY(const auto path, helper_program());
      KULLA_TRY(program, read_file(path, program_limit));
    }
    KULLA_TRY(auto in, make_pipe());
    KULLA_TRY(auto out, make_pipe());
    KULLA_TRY(auto err, make_pipe());
    auto arguments = remote.ssh;
    arguments.insert(arguments.end(), {"--", remote.destination, command_of(program.size())});
    KULLA_TRY(auto helper, Helper::start_program(arguments, in.read, out.write, err.write));
    return std::unique_ptr<Session>(
        new Session{remote, options, std::move(helper), std::move(program), std::move(in.write), std::move(out.read), std::move(err.read)});
  }

  /// In a thread of its own: a machine that does not read must not keep us from giving up.
  void say(std::function<Result<>(FrameWriter&)> all) {
    speaker_ = std::jthread([this, all = std::move(all)] {
      sigset_t pipe;
      sigemptyset(&pipe);
      sigaddset(&pipe, SIGPIPE);
      ::pthread_sigmask(SIG_BLOCK, &pipe, nullptr);  // of a machine that went away
      FrameWriter writer{out_.get()};
      if (write_all(out_.get(), program_, "kulla-inspect") && all(writer)) (void)writer.flush();
      out_ = {};
    });
  }

  /// Frames until the end; what they carry goes to `take`, by tag.
  Result<> listen(const std::function<Result<>(char, Unpacker)>& take) {
    const auto heard = all_frames(take);
    if (heard) return {};
    auto error = heard.error();
    if (const auto words = error.code == Code::process_failed ? last_words_.text() : std::string{}; !words.empty())
      error.what += "; " + words;
    return std::unexpected(std::move(error).in(remote_.destination));
  }

  ~Session() { helper_.reset(); }  // first: it ends the pipe that the speaker may be waiting at

 private:
  Session(const Remote& remote, const Options& options, Helper helper, std::string program, Descriptor out, Descriptor in, Descriptor err)
      : remote_(remote),
        options_(options),
        helper_(std::move(helper)),
        out_(std::move(out)),
        frames_(std::move(in), remote.silence, options.stop),
        program_(std::move(program)),
        last_words_(std::move(err)) {}

  Result<> all_frames(const std::function<Result<>(char, Unpacker)>& take) {
    using std::chrono::steady_clock;
    const auto started = steady_clock::now();
    auto moved = started;
    std::int64_t last = 0;
    for (;;) {
      KULLA_TRY(const auto frame, frames_.peek());
      const auto now = steady_clock::now();
      const auto fields = frame.substr(1);
      if (frame == "e") return {};
      if (frame.front() == 'x') return std::unexpected(error_of(fields));
      if (frame.front() != 'p') {
        moved = now;
        KULLA_CHECK(take(frame.front(), Unpacker{fields}));
      } else if (Unpacker pulse{fields}; true) {
        const auto things = pulse.number(), read = pulse.number();
        if (options_.progress) options_.progress(things);
        if (things + read != last) last = things + read, moved = now;
      }
      if (now - moved > remote_.idle) return fail(Code::timed_out, "kulla-inspect: it lives, but has not got on for too long");
      if (now - started > remote_.longest) return fail(Code::timed_out, "kulla-inspect: it does not come to an end");
      frames_.consume(frame);
    }
  }

  const Remote& remote_;
  const Options& options_;
  std::optional<Helper> helper_;
  Descriptor out_;
  FrameReader frames_;
  std::string program_;
  LastWords last_words_;
  std::jthread speaker_;
};

std::string order_frame(std::string_view what, const Remote& remote, const SystemId& system, const Options& options) {
  return Packer{'o'}
      .text(what)
      .text(remote.root.string())
      .text(system.str())
      .number(options.quick)
      .number(options.change_times)
      .number(options.offline)
      .number(options.malware)
      .number(options.full)
      .text(options.rules.text())
      .frame();
}

/// Gone when it goes, if it is there still.
struct Removed {
  std::filesystem::path file;
  ~Removed() {
    std::error_code ignored;
    std::filesystem::remove(file, ignored);
  }
};

Result<Finding> finding_of(const json::value& value) {
  auto object = value.is_object() ? value.get_object() : json::object{};
  object.emplace("package", "");
  KULLA_TRY(auto finding, codec::decode<Finding>(object));
  for (auto* text : {&finding.path, &finding.before, &finding.after, &finding.why, &finding.package}) *text = one_line(*text);
  return finding;
}

/// The report as it came, with our times: their clock is theirs.
Result<Outcome> outcome_of(std::string text, const BaselineInfo& baseline, Moment started, Moment finished) {
  KULLA_TRY(const auto value, parse_json(text, report_limit));
  Outcome outcome;
  try {
    const auto& object = value.as_object();
    auto& report = outcome.report;
    if (object.at("system").as_string() != baseline.system.str()) return nonsense();
    report.clean = object.at("clean").as_bool();
    report.files = object.at("files").as_int64();
    report.findings = object.at("findings").as_int64();
    outcome.not_read = object.at("contents_not_read").as_int64();
    for (const auto& listed : object.at("listed").as_array()) {
      KULLA_TRY(auto finding, finding_of(listed));
      outcome.findings.push_back(std::move(finding));
    }
    outcome.left_out = object.at("mounts_not_looked_into").as_int64();
  } catch (const std::exception&) {  // a field that is not there, or of another type
    return nonsense();
  }
  auto& report = outcome.report;
  if (report.clean != (report.findings == 0) || report.findings < std::ssize(outcome.findings)) return nonsense();
  outcome.baseline = baseline;
  report.system = baseline.system, report.baseline = baseline.taken;
  report.worst = worst_of(outcome.findings);
  report.started = started, report.finished = finished;
  report.hash = sha256(text);
  outcome.report_text = std::move(text);
  return outcome;
}
}  // namespace

Result<Outcome> check_remote(const Remote& remote, const SystemId& system, const std::filesystem::path& baseline,
                             const std::vector<PublicKey>& trusted, const Clock& clock, const Options& options) {
  const auto started = clock.now();
  KULLA_TRY(const auto expected, open_baseline(baseline, trusted));  // refused here before anything is asked there
  const auto of = expected->info().system;
  if (!system.empty() && of != system)
    return fail(Code::baseline_untrusted, fmt::format("{}: of system '{}', not '{}'", baseline.string(), of.str(), system.str()));
  KULLA_TRY(auto text, read_file(baseline, file_limit));
  KULLA_TRY(const auto session, Session::start(remote, options));
  session->say([&](FrameWriter& writer) -> Result<> {
    KULLA_CHECK(writer.add(order_frame("check", remote, of, options)));
    for (const auto& key : trusted) KULLA_CHECK(writer.add(Packer{'k'}.text(to_hex(key)).frame()));
    for (const auto& rules : options.yara) KULLA_CHECK(writer.add_text('y', rules.name, rules.text));
    KULLA_CHECK(writer.add_text('b', "", text));
    return writer.add(Packer{'e'}.frame());
  });
  std::string report;
  KULLA_CHECK(session->listen([&](char tag, Unpacker fields) -> Result<> {
    (void)fields.text();
    report += fields.text();
    return tag == 'r' && fields.ended_well() && report.size() <= report_limit ? Result<>{} : nonsense();
  }));
  return outcome_of(std::move(report), expected->info(), started, clock.now());
}

Result<Taken> take_remote_baseline(const Remote& remote, const SystemId& system, const std::filesystem::path& file, const SecretKey& key,
                                   const Clock& clock, const Options& options) {
  constexpr std::chrono::minutes clocks_apart{5};
  const auto started = clock.now().wall;
  KULLA_TRY(const auto session, Session::start(remote, options));
  session->say([&](FrameWriter& writer) -> Result<> {
    KULLA_CHECK(writer.add(order_frame("baseline", remote, system, options)));
    return writer.add(Packer{'e'}.frame());
  });
  // Under another name until it is known to be what was asked for: the one that is there may be the last good one.
  auto received = file;
  received += ".received";
  KULLA_TRY(auto writer, BaselineWriter::receive(received));
  Taken taken;
  std::size_t size = 0;
  KULLA_CHECK(session->listen([&](char tag, Unpacker fields) -> Result<> {
    auto name = fields.text(), text = fields.text();
    size += name.size() + text.size();
    if (!fields.ended_well() || size > file_limit) return nonsense();
    if (tag == 'b') return writer.add_text(text);
    if (tag != 'u' || taken.unreadable.size() == unreadable_most) return nonsense();
    taken.unreadable.push_back({one_line(name), Kind::unreadable, Severity::high, "", "", one_line(text)});
    return {};
  }));
  KULLA_CHECK(writer.seal(key));
  const Removed removed{received};
  KULLA_TRY(const auto written, open_baseline(received, {key.public_key()}));  // what came is a baseline, and of this system
  taken.info = written->info();
  if (taken.info.system != system) return nonsense();
  if (taken.info.taken < started - clocks_apart || taken.info.taken > clock.now().wall + clocks_apart)
    return fail(Code::refused,
                fmt::format("{}: its clock is more than {} minutes off: set it right first", remote.destination, clocks_apart.count()));
  for (;; ++taken.things) {
    KULLA_TRY(const auto thing, written->next());
    if (!thing) break;
  }
  KULLA_CHECK(written->facts());
  std::error_code error;
  std::filesystem::rename(received, file, error);
  if (error) return fail(Code::io, fmt::format("{}: {}", file.string(), error.message()));
  return taken;
}

// --- there

namespace {
/// Says that we are alive, and how far.
class Pulse {
 public:
  explicit Pulse(FrameWriter& writer)
      : thread_([this, &writer](const std::stop_token& stop) {
          std::mutex mutex;
          std::unique_lock lock{mutex};
          while (!wake_.wait_for(lock, stop, std::chrono::seconds{1}, [] { return false; }) && !stop.stop_requested())
            if (!writer.add(Packer{'p'}.number(things_).number(read_).frame()) || !writer.flush()) return;
        }) {}
  void reached(std::int64_t things) { things_ = things; }
  void read() { ++read_; }

 private:
  std::atomic<std::int64_t> things_ = 0, read_ = 0;
  std::condition_variable_any wake_;
  std::jthread thread_;
};

struct Order {
  std::string what;
  std::filesystem::path root;
  SystemId system;
  Options options;
  std::vector<PublicKey> trusted;
};

/// Reads an order; a baseline that comes with it is put into `folder`.
Result<Order> read_order(FrameReader& frames, const std::filesystem::path& folder, Pulse& pulse) {
  Order order;
  const auto append = [&](const std::filesystem::path& file, std::string_view text) -> Result<> {
    const Descriptor opened{::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)};
    return opened ? write_all(opened.get(), text, file.string()) : fail_errno(file.string());
  };
  for (;;) {
    KULLA_TRY(const auto frame, frames.peek());
    pulse.read();
    if (frame == "e") return order;
    Unpacker fields{frame.substr(1)};
    if (frame.front() == 'o') {
      order.what = fields.text(), order.root = fields.text(), order.system = SystemId{fields.text()};
      auto& options = order.options;
      for (auto* flag : {&options.quick, &options.change_times, &options.offline, &options.malware, &options.full})
        *flag = fields.number() != 0;
      KULLA_TRY(options.rules, Rules::parse(fields.text(), "rules"));
    } else if (frame.front() == 'k') {
      KULLA_TRY(const auto key, public_key_from_hex(fields.text()));
      order.trusted.push_back(key);
    } else if (frame.front() == 'y') {
      auto name = fields.text();
      auto& yara = order.options.yara;
      if (yara.empty() || yara.back().name != name) yara.push_back({std::move(name), {}});
      yara.back().text += fields.text();
    } else if (frame.front() == 'b') {
      (void)fields.text();
      KULLA_CHECK(append(folder / "baseline", fields.text()));
    }
    if (!fields.ended_well()) return nonsense();
    frames.consume(frame);
  }
}

/// What is to be said once the pulse has ended.
using Answer = std::function<Result<>(FrameWriter&)>;

Result<Answer> carry_out(Order& order, const std::filesystem::path& folder, Pulse& pulse) {
  SystemClock clock;
  order.options.progress = [&](std::int64_t things) { pulse.reached(things); };
  order.options.read = [&] { pulse.read(); };
  const auto file = folder / "baseline";
  if (order.what == "check") {
    KULLA_TRY(auto outcome, check(order.system, order.root, file, order.trusted, clock, order.options));
    return [text = std::move(outcome.report_text)](FrameWriter& writer) { return writer.add_text('r', "", text); };
  }
  if (order.what != "baseline") return fail(Code::bad_argument, "kulla-inspect: an order that it does not know");
  const auto info = info_for(order.system, order.root, clock, order.options);
  KULLA_TRY(auto recorded, BaselineWriter::create(file, info));
  KULLA_TRY(auto unreadable, record(order.root, info, recorded, order.options));
  KULLA_CHECK(recorded.leave());
  return [file, unreadable = std::move(unreadable)](FrameWriter& writer) -> Result<> {
    for (const auto& finding : unreadable) KULLA_CHECK(writer.add(Packer{'u'}.text(finding.path).text(finding.why).frame()));
    KULLA_TRY(const auto text, read_file(file, file_limit));
    return writer.add_text('b', "", text);
  };
}

/// A copy of ours must not be found by what it looks for. The kernel keeps it until we end.
void remove_ourselves() {
  std::error_code ignored;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", ignored);
  std::filesystem::remove(self, ignored);
  std::filesystem::remove(self.parent_path(), ignored);
}
}  // namespace

int serve_remote(bool is_copy) {
  constexpr int served = 0, could_not = 2;
  ::signal(SIGPIPE, SIG_IGN);
  if (is_copy) remove_ourselves();
  FrameWriter writer{STDOUT_FILENO};
  const auto work = [&]() -> Result<> {
    KULLA_TRY(const auto folder, TemporaryFolder::make("kulla-inspect"));
    std::optional<Pulse> pulse{std::in_place, writer};
    const auto answer = [&]() -> Result<Answer> {
      FrameReader frames{Descriptor{STDIN_FILENO}};
      KULLA_TRY(auto order, read_order(frames, folder.path(), *pulse));
      return carry_out(order, folder.path(), *pulse);
    }();
    pulse.reset();
    if (!answer) return std::unexpected(answer.error());
    KULLA_CHECK((*answer)(writer));
    return writer.add(Packer{'e'}.frame());
  };
  const auto done = work();
  if (!done) (void)writer.add(error_frame(done.error()));
  return writer.flush() && done ? served : could_not;
}

}  // namespace kulla::inspect
