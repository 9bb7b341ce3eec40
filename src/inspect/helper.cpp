#include "inspect/helper.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

#include "base/path_text.hpp"
#include "base/process.hpp"
#include "inspect/default_rules.hpp"
#include "inspect/wire.hpp"

namespace kulla::inspect {
namespace {
constexpr std::string_view program_name = "kulla-inspect";
constexpr int patience_ms = 120'000;        // for one file with all that is packed in it
constexpr int rules_patience_ms = 300'000;  // thousands of rules take a while
constexpr std::size_t rules_file_limit = std::size_t{64} << 20;
constexpr std::int64_t attributes_most = 4096, facts_most = 1'000'000;

template <std::size_t size>
bool take_bytes(const std::string& text, std::array<std::uint8_t, size>& out) {
  if (text.size() != size) return false;
  std::memcpy(out.data(), text.data(), size);
  return true;
}

/// A child that was taken over may say anything: what is shown to a person is one line, escaped as the child should have done.
bool is_safe(std::string text) {
  std::ranges::replace(text, '%', '_');
  return escape_path(text) == text;
}

std::optional<BaselineInfo> info_of(Unpacker fields) {
  BaselineInfo info;
  info.system = SystemId{fields.text()};
  info.taken = Timestamp{std::chrono::microseconds{fields.number()}};
  info.machine = fields.number() != 0;
  info.live = fields.number() != 0;
  constexpr std::int64_t latest_us = 4'102'444'800'000'000;  // the year 2100: no sum of such times overflows
  const auto taken = info.taken.time_since_epoch().count();
  if (!take_bytes(fields.text(), info.signer.bytes) || !fields.ended_well() || taken < 0 || taken > latest_us ||
      !is_safe(info.system.str()))
    return std::nullopt;
  return info;
}

std::optional<Recorded> thing_of(Unpacker fields) {
  Recorded thing;
  auto& entry = thing.entry;
  thing.path = fields.text();
  const auto type = fields.number();
  if (type < 0 || type > static_cast<std::int64_t>(FileType::character)) return std::nullopt;
  entry.type = static_cast<FileType>(type);
  for (auto* field : {&entry.uid, &entry.gid, &entry.mode, &entry.size, &entry.links, &entry.modified, &entry.changed, &entry.inode})
    *field = fields.number();
  if (!take_bytes(fields.text(), entry.content.bytes)) return std::nullopt;
  entry.target = fields.text();
  entry.package = fields.text();
  const auto count = fields.number();
  if (count < 0 || count > attributes_most) return std::nullopt;
  for (std::int64_t i = 0; i < count && fields.well(); ++i) {
    auto name = fields.text();
    entry.attributes.insert_or_assign(std::move(name), fields.text());
  }
  if (!fields.ended_well()) return std::nullopt;
  return thing;
}

/// The frames of a baseline, as a child sends them.
class ReadAside final : public Baseline {
 public:
  ReadAside(Helper helper, Descriptor from) : helper_(std::move(helper)), frames_(std::move(from)) {}

  Result<> start() {
    KULLA_TRY(const auto frame, frames_.peek());
    if (frame.front() == 'x') return failed(frame);
    auto info = frame.front() == 'i' ? info_of(Unpacker{frame.substr(1)}) : std::nullopt;
    if (!info) return nonsense();
    info_ = std::move(*info);
    frames_.consume(frame);
    return {};
  }
  [[nodiscard]] const BaselineInfo& info() const override { return info_; }

  Result<std::optional<Recorded>> next() override {
    KULLA_TRY(const auto frame, frames_.peek());
    if (frame.front() == 'x') return failed(frame);
    if (frame.front() != 't') return std::nullopt;
    auto thing = thing_of(Unpacker{frame.substr(1)});
    if (!thing || (!last_.empty() && compare_paths(last_, thing->path) >= 0)) return nonsense();
    last_ = thing->path;
    frames_.consume(frame);
    return thing;
  }

  Result<Facts> facts() override {
    KULLA_CHECK(skip_things());
    Facts facts;
    for (;;) {
      KULLA_TRY(const auto frame, frames_.peek());
      if (frame == "e") return facts;
      if (frame.front() == 'x') return failed(frame);
      Unpacker fields{frame.substr(1)};
      auto name = fields.text(), value = fields.text();
      if (frame.front() != 'f' || !fields.ended_well() || std::ssize(facts) == facts_most || !is_safe(name) || !is_safe(value))
        return nonsense();
      facts.insert_or_assign(std::move(name), std::move(value));
      frames_.consume(frame);
    }
  }

 private:
  static std::unexpected<Error> failed(std::string_view frame) { return std::unexpected(error_of(frame.substr(1))); }

  Helper helper_;
  FrameReader frames_;
  std::string last_;
  BaselineInfo info_;
};
}  // namespace

Result<std::filesystem::path> helper_program() {
  std::error_code error;
  auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return fail(Code::io, "/proc/self/exe: " + error.message());
  if (self.filename() == program_name) return self;
  if (self.filename() == fmt::format("{} (deleted)", program_name)) return "/proc/self/exe";  // a copy that removed itself
  auto beside = self.parent_path() / program_name;
  if (::access(beside.c_str(), X_OK) != 0)
    return fail(Code::not_found,
                fmt::format("{}: kulla reads what may be hostile in this program, which belongs beside it", beside.string()));
  return beside;
}

namespace {
/// Without `err`: neither our environment nor our standard error.
Result<pid_t> spawn(const std::string& program, std::vector<std::string> texts, const Descriptor& in, const Descriptor& out,
                    const Descriptor* err) {
  std::vector<char*> pointers;
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawnattr_init(&attributes);
  if (err) ::posix_spawn_file_actions_adddup2(&actions, err->get(), STDERR_FILENO);
  else ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, in.get(), STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, out.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  sigset_t none;
  sigemptyset(&none);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  std::array<char*, 1> nothing{nullptr};
  pid_t pid = -1;
  const int failed = ::posix_spawnp(&pid, program.c_str(), &actions, &attributes, pointers.data(), err ? environ : nothing.data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  return failed == 0 ? Result<pid_t>{pid} : fail_errno(program, failed);
}
}  // namespace

Result<Helper> Helper::start(const std::vector<std::string>& arguments, const Descriptor& in, const Descriptor& out) {
  KULLA_TRY(const auto program, helper_program());
  std::vector<std::string> texts{program.string()};
  texts.insert(texts.end(), arguments.begin(), arguments.end());
  KULLA_TRY(const auto pid, spawn(program.string(), std::move(texts), in, out, nullptr));
  return Helper{pid};
}
Result<Helper> Helper::start_program(std::vector<std::string> arguments, const Descriptor& in, const Descriptor& out,
                                     const Descriptor& err) {
  const auto program = arguments.front();
  KULLA_TRY(const auto pid, spawn(program, std::move(arguments), in, out, &err));
  return Helper{pid};
}
Helper::Helper(Helper&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
Helper::~Helper() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {}
}

Result<std::unique_ptr<Baseline>> read_baseline_aside(const Descriptor& file, const std::vector<PublicKey>& trusted) {
  std::vector<std::string> arguments{"read-baseline"};
  for (const auto& key : trusted) arguments.push_back(to_hex(key));
  KULLA_TRY(auto pipe, make_pipe());
  KULLA_TRY(auto helper, Helper::start(arguments, file, pipe.write));
  pipe.write = {};
  auto reader = std::make_unique<ReadAside>(std::move(helper), std::move(pipe.read));
  KULLA_CHECK(reader->start());
  return reader;
}

// --- examinations

struct Examiners::Child {
  Helper helper;
  Descriptor socket;

  Result<> send(std::string_view payload, int file) const {
    iovec data{const_cast<char*>(payload.data()), payload.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &data, message.msg_iovlen = 1, message.msg_control = control.data(), message.msg_controllen = control.size();
    auto* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET, header->cmsg_type = SCM_RIGHTS, header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &file, sizeof file);
    return ::sendmsg(socket.get(), &message, MSG_NOSIGNAL) < 0 ? fail(Code::process_failed, "kulla-inspect died") : Result<>{};
  }
  Result<std::vector<Match>> matches(int patience) const {
    KULLA_TRY(const auto frame, answer(patience));
    Unpacker fields{std::string_view(frame).substr(1)};
    std::vector<Match> matches;
    const auto count = fields.number();
    for (std::int64_t i = 0; i < count && fields.well(); ++i) {
      const auto severity = fields.number();
      if (severity < 0 || severity > static_cast<std::int64_t>(Severity::critical)) return nonsense();
      auto says = fields.text();
      if (!is_safe(says)) return nonsense();
      matches.push_back({static_cast<Severity>(severity), std::move(says), fields.number() != 0});
    }
    if (!fields.ended_well()) return nonsense();
    return matches;
  }
  Result<Unpacked> unpacked(int patience) const {
    KULLA_TRY(const auto frame, answer(patience));
    Unpacker fields{std::string_view(frame).substr(1)};
    Unpacked result{.size = fields.number()};
    if (!take_bytes(fields.text(), result.whole.bytes) || !take_bytes(fields.text(), result.beginning.bytes) || !fields.ended_well())
      return nonsense();
    return result;
  }

 private:
  /// A tag and fields.
  Result<std::string> answer(int patience) const {
    pollfd waiting{socket.get(), POLLIN, 0};
    int ready = 0;
    do ready = ::poll(&waiting, 1, patience);
    while (ready < 0 && errno == EINTR);
    if (ready == 0) return fail(Code::timed_out, "kulla-inspect: looking into it took too long");
    std::string frame(frame_limit, '\0');
    const auto got = ready > 0 ? ::recv(socket.get(), frame.data(), frame.size(), 0) : -1;
    if (got <= 0) return fail(Code::process_failed, "kulla-inspect died while it looked into it");
    constexpr std::size_t head = sizeof(std::uint32_t) + 1;
    if (got < static_cast<ssize_t>(head)) return nonsense();
    frame.resize(static_cast<std::size_t>(got));
    if (frame[head - 1] == 'x') return std::unexpected(error_of(std::string_view(frame).substr(head)));
    return frame.substr(head - 1);
  }
};

namespace {
Result<Descriptor> in_memory(std::string_view text) {
  Descriptor file{::memfd_create("rules", MFD_CLOEXEC)};
  if (!file) return fail_errno("memfd_create");
  KULLA_CHECK(write_all(file.get(), text, "rules"));
  return file;
}
}  // namespace

Examiners::Examiners(std::vector<RuleText> rules) : rules_(std::move(rules)) {}
Examiners::~Examiners() = default;

Result<std::unique_ptr<Examiners::Child>> Examiners::make() const {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) return fail_errno("socketpair");
  Descriptor ours{ends[0]}, theirs{ends[1]};
  KULLA_TRY(auto helper, Helper::start({"look-into"}, theirs, theirs));
  theirs = {};
  auto child = std::make_unique<Child>(std::move(helper), std::move(ours));
  for (const auto& rule : rules_) {
    KULLA_TRY(const auto text, in_memory(rule.text));
    if (!child->send(rule.name, text.get())) break;  // it has said why
  }
  KULLA_TRY(const auto nothing, in_memory(""));
  (void)child->send(".", nothing.get());
  KULLA_CHECK(child->matches(rules_patience_ms));
  return child;
}

Result<std::unique_ptr<Examiners>> Examiners::start(const std::vector<RuleText>& more) {
  std::vector<RuleText> rules;
  for (auto& text : starter_rules()) rules.push_back({fmt::format("kulla {}", rules.size() + 1), std::move(text)});
  rules.insert(rules.end(), more.begin(), more.end());
  std::unique_ptr<Examiners> examiners{new Examiners{std::move(rules)}};
  if (!more.empty()) {  // our own compile; whether others do is known before the first file
    KULLA_TRY(auto first, examiners->make());
    examiners->free_.push_back(std::move(first));
  }
  return examiners;
}
std::unique_ptr<Examiners> Examiners::without_rules() { return std::unique_ptr<Examiners>{new Examiners{{}}}; }

template <typename T>
Result<T> Examiners::ask(std::string_view order, int file, Result<T> (Child::*answer)(int) const) {
  std::unique_ptr<Child> child;
  {
    const std::scoped_lock lock{mutex_};
    if (!free_.empty()) child = std::move(free_.back()), free_.pop_back();
  }
  const auto ask_once = [&]() -> Result<T> {
    KULLA_CHECK(child->send(order, file));
    return ((*child).*answer)(patience_ms);
  };
  // A child dies with the thread that started it, and threads of a survey come and go: one that has waited may be dead.
  auto result = child ? ask_once() : fail(Code::process_failed, "");
  if (!result && result.error().code == Code::process_failed) {
    KULLA_TRY(child, make());
    result = ask_once();
  }
  if (!result && result.error().code != Code::io && result.error().code != Code::too_large) return result;  // and the child goes
  const std::scoped_lock lock{mutex_};
  free_.push_back(std::move(child));
  return result;
}
Result<std::vector<Match>> Examiners::examine(int file) { return ask("f", file, &Child::matches); }
Result<Unpacked> Examiners::unpack(int file, std::int64_t beginning, std::int64_t most) {
  return ask(Packer{unpack_order}.number(beginning).number(most).payload(), file, &Child::unpacked);
}

/// Kept as hexadecimal text: as they are, they would match the program that carries them.
std::vector<std::string> starter_rules() {
  std::vector<std::string> rules;
  for (const auto hex : default_yara()) {
    auto& text = rules.emplace_back(hex.size() / 2, '\0');
    for (std::size_t i = 0; i < text.size(); ++i)
      (void)std::from_chars(hex.data() + 2 * i, hex.data() + 2 * i + 2, reinterpret_cast<std::uint8_t&>(text[i]), 16);
  }
  return rules;
}
Result<std::vector<RuleText>> read_rule_files(const std::vector<std::filesystem::path>& files) {
  std::vector<RuleText> rules;
  for (const auto& file : files) {
    KULLA_TRY(auto text, read_file(file, rules_file_limit));
    rules.push_back({file.string(), std::move(text)});
  }
  return rules;
}

}  // namespace kulla::inspect
