#include "inspect/remote.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/canonical_json.hpp"
#include "inspect/comparison.hpp"
#include "inspect/helper.hpp"
#include "inspect/wire.hpp"
#include "model/codec.hpp"

namespace kulla::inspect {
namespace {
constexpr std::size_t file_limit = std::size_t{4} << 30, report_limit = std::size_t{64} << 20, program_limit = std::size_t{256} << 20;

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
                             "chmod 700 \"$d/kulla-inspect\" && \"$d/kulla-inspect\" serve",
                             program_size)));
}

/// One conversation: we say all, then listen.
class Session {
 public:
  static Result<std::unique_ptr<Session>> start(const Remote& remote) {
    if (remote.destination.empty() || remote.destination.starts_with('-'))
      return fail(Code::bad_argument, fmt::format("\"{}\" is no destination for ssh", remote.destination));
    std::string program;
    if (remote.copy) {
      KULLA_TRY(const auto path, helper_program());
      KULLA_TRY(program, read_file(path, program_limit));
    }
    std::array<int, 2> in{}, out{};
    if (::pipe2(in.data(), O_CLOEXEC) != 0) return fail_errno("pipe");
    Descriptor their_in{in[0]}, our_out{in[1]};
    if (::pipe2(out.data(), O_CLOEXEC) != 0) return fail_errno("pipe");
    Descriptor our_in{out[0]}, their_out{out[1]};
    auto arguments = remote.ssh;
    arguments.insert(arguments.end(), {"--", remote.destination, command_of(program.size())});
    KULLA_TRY(auto helper, Helper::start_program(arguments, their_in, their_out));
    return std::unique_ptr<Session>(
        new Session{std::move(helper), std::move(our_out), std::move(our_in), std::move(program), remote.silence});
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
  Result<std::string_view> peek() { return frames_.peek(); }
  void consume(std::string_view frame) { frames_.consume(frame); }

  ~Session() { helper_.reset(); }  // first: it ends the pipe that the speaker may be waiting at

 private:
  Session(Helper helper, Descriptor out, Descriptor in, std::string program, std::chrono::milliseconds silence)
      : helper_(std::move(helper)), out_(std::move(out)), frames_(std::move(in), silence), program_(std::move(program)) {}
  std::optional<Helper> helper_;
  Descriptor out_;
  FrameReader frames_;
  std::string program_;
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

/// Frames until the end; what they carry goes to `take`, by tag.
Result<> listen(Session& session, const Options& options, const std::function<Result<>(char, Unpacker)>& take) {
  for (;;) {
    KULLA_TRY(const auto frame, session.peek());
    if (options.stop && *options.stop) return fail(Code::interrupted, "the inspection");
    const auto fields = frame.substr(1);
    if (frame == "e") return {};
    if (frame.front() == 'x') return std::unexpected(error_of(fields));
    if (frame.front() == 'p') {
      if (const auto things = Unpacker{fields}.number(); options.progress) options.progress(things);
    } else {
      KULLA_CHECK(take(frame.front(), Unpacker{fields}));
    }
    session.consume(frame);
  }
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
  for (auto* text : {&finding.path, &finding.before, &finding.after, &finding.why, &finding.package}) *text = one_line(std::move(*text));
  return finding;
}

/// The report as it came, with our times: their clock is theirs.
Result<Outcome> outcome_of(std::string text, const SystemId& system, Moment started, Moment finished) {
  KULLA_TRY(const auto value, parse_json(text, report_limit));
  Outcome outcome;
  try {
    const auto& object = value.as_object();
    auto& report = outcome.report;
    report.system = SystemId{std::string(object.at("system").as_string())};
    report.clean = object.at("clean").as_bool();
    report.files = object.at("files").as_int64();
    report.findings = object.at("findings").as_int64();
    outcome.not_read = object.at("contents_not_read").as_int64();
    for (const auto& listed : object.at("listed").as_array()) {
      KULLA_TRY(auto finding, finding_of(listed));
      outcome.findings.push_back(std::move(finding));
    }
    const auto& of = object.at("baseline").as_object();
    KULLA_TRY(outcome.baseline.taken, parse_rfc3339(std::string_view(of.at("taken").as_string())));
    KULLA_TRY(outcome.baseline.signer, public_key_from_hex(std::string_view(of.at("signer").as_string())));
    outcome.baseline.system = report.system;
    report.baseline = outcome.baseline.taken;
  } catch (const std::exception&) {  // a field that is not there, or of another type
    return nonsense();
  }
  auto& report = outcome.report;
  if (report.system != system || report.clean != (report.findings == 0) || report.findings < std::ssize(outcome.findings))
    return nonsense();
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
  KULLA_TRY(const auto session, Session::start(remote));
  session->say([&](FrameWriter& writer) -> Result<> {
    KULLA_CHECK(writer.add(order_frame("check", remote, of, options)));
    for (const auto& key : trusted) KULLA_CHECK(writer.add(Packer{'k'}.text(to_hex(key)).frame()));
    for (const auto& file : options.yara) {
      KULLA_TRY(const auto rules, read_file(file, report_limit));
      KULLA_CHECK(writer.add_text('y', file.filename().string(), rules));
    }
    KULLA_CHECK(writer.add_text('b', "", text));
    return writer.add(Packer{'e'}.frame());
  });
  std::string report;
  const auto heard = listen(*session, options, [&](char tag, Unpacker fields) -> Result<> {
    (void)fields.text();
    report += fields.text();
    return tag == 'r' && fields.ended_well() && report.size() <= report_limit ? Result<>{} : nonsense();
  });
  if (!heard) return std::unexpected(Error{heard.error()}.in(remote.destination));
  return outcome_of(std::move(report), of, started, clock.now());
}

Result<Taken> take_remote_baseline(const Remote& remote, const SystemId& system, const std::filesystem::path& file, const SecretKey& key,
                                   const Clock& clock, const Options& options) {
  constexpr std::chrono::minutes clocks_apart{5};
  const auto started = clock.now().wall;
  KULLA_TRY(const auto session, Session::start(remote));
  session->say([&](FrameWriter& writer) -> Result<> {
    KULLA_CHECK(writer.add(order_frame("baseline", remote, system, options)));
    return writer.add(Packer{'e'}.frame());
  });
  // Under another name until it is known to be what was asked for: the one that is there may be the last good one.
  auto received = file;
  received += ".received";
  KULLA_TRY(auto writer, BaselineWriter::receive(received));
  Taken taken;
  const auto heard = listen(*session, options, [&](char tag, Unpacker fields) -> Result<> {
    const auto name = fields.text(), text = fields.text();
    if (!fields.ended_well()) return nonsense();
    if (tag == 'u') taken.unreadable.push_back({name, Kind::unreadable, Severity::high, "", "", text});
    else if (tag == 'b') return writer.add_text(text);
    return tag == 'u' ? Result<>{} : nonsense();
  });
  if (!heard) return std::unexpected(Error{heard.error()}.in(remote.destination));
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
struct Order {
  std::string what;
  std::filesystem::path root;
  SystemId system;
  Options options;
  std::vector<PublicKey> trusted;
};

/// Reads an order; files that come with it are put into `folder`.
Result<Order> read_order(FrameReader& frames, const std::filesystem::path& folder) {
  Order order;
  const auto append = [&](const std::filesystem::path& file, std::string_view text) -> Result<> {
    const Descriptor opened{::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)};
    return opened ? write_all(opened.get(), text, file.string()) : fail_errno(file.string());
  };
  for (;;) {
    KULLA_TRY(const auto frame, frames.peek());
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
      const auto file = folder / std::filesystem::path(fields.text()).filename();
      if (order.options.yara.empty() || order.options.yara.back() != file) order.options.yara.push_back(file);
      KULLA_CHECK(append(file, fields.text()));
    } else if (frame.front() == 'b') {
      (void)fields.text();
      KULLA_CHECK(append(folder / "baseline", fields.text()));
    }
    if (!fields.ended_well()) return nonsense();
    frames.consume(frame);
  }
}

/// Says that we are alive, and how far.
class Pulse {
 public:
  Pulse(FrameWriter& writer, std::mutex& mutex)
      : thread_([this, &writer, &mutex](const std::stop_token& stop) {
          std::unique_lock lock{mutex};
          while (!wake_.wait_for(lock, stop, std::chrono::seconds{1}, [] { return false; }) && !stop.stop_requested())
            if (!writer.add(Packer{'p'}.number(things_).frame()) || !writer.flush()) return;
        }) {}
  void reached(std::int64_t things) { things_ = things; }

 private:
  std::atomic<std::int64_t> things_ = 0;
  std::condition_variable_any wake_;
  std::jthread thread_;
};

Result<> carry_out(Order& order, const std::filesystem::path& folder, FrameWriter& writer) {
  std::mutex mutex;
  SystemClock clock;
  std::optional<Pulse> pulse{std::in_place, writer, mutex};
  order.options.progress = [&](std::int64_t things) { pulse->reached(things); };
  if (order.what == "check") {
    const auto outcome = check(order.system, order.root, folder / "baseline", order.trusted, clock, order.options);
    pulse.reset();
    if (!outcome) return std::unexpected(outcome.error());
    return writer.add_text('r', "", outcome->report_text);
  }
  if (order.what != "baseline") return fail(Code::bad_argument, "kulla-inspect: an order that it does not know");
  const auto info = info_for(order.system, order.root, clock, order.options);
  KULLA_TRY(auto recorded, BaselineWriter::create(folder / "baseline", info));
  const auto unreadable = record(order.root, info, recorded, order.options);
  pulse.reset();
  if (!unreadable) return std::unexpected(unreadable.error());
  KULLA_CHECK(recorded.leave());
  for (const auto& finding : *unreadable) KULLA_CHECK(writer.add(Packer{'u'}.text(finding.path).text(finding.why).frame()));
  KULLA_TRY(const auto text, read_file(folder / "baseline", file_limit));
  return writer.add_text('b', "", text);
}
}  // namespace

int serve_remote() {
  constexpr int served = 0, could_not = 2;
  ::signal(SIGPIPE, SIG_IGN);
  FrameWriter writer{STDOUT_FILENO};
  const auto work = [&]() -> Result<> {
    KULLA_TRY(const auto folder, TemporaryFolder::make("kulla-inspect"));
    FrameReader frames{Descriptor{STDIN_FILENO}};
    KULLA_TRY(auto order, read_order(frames, folder.path()));
    KULLA_CHECK(carry_out(order, folder.path(), writer));
    return writer.add(Packer{'e'}.frame());
  };
  const auto done = work();
  if (!done) (void)writer.add(error_frame(done.error()));
  return writer.flush() && done ? served : could_not;
}

}  // namespace kulla::inspect
