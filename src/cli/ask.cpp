// The terminal is read byte by byte, not in lines with the echo off: so Ctrl-C comes as a byte, and never leaves a terminal that shows nothing.
#include "cli/ask.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>

#include "base/file.hpp"

namespace kulla::cli {
namespace {
constexpr char interrupt = 0x03, end_of_input = 0x04, backspace = 0x08, kill_line = 0x15, erase = 0x7f;

class QuietTerminal {
 public:
  static Result<QuietTerminal> open() {
    QuietTerminal terminal{Descriptor{::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)}};
    if (!terminal.device_ || ::tcgetattr(terminal.device_.get(), &terminal.before_) != 0)
      return fail(Code::bad_argument, "there is no terminal to ask on; name a file: --passphrase-file, of a token pin-source=file:…");
    auto quiet = terminal.before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHONL | ICANON | ISIG);
    quiet.c_cc[VMIN] = 1;
    quiet.c_cc[VTIME] = 0;
    if (::tcsetattr(terminal.device_.get(), TCSAFLUSH, &quiet) != 0) return fail_errno("/dev/tty");
    return terminal;
  }
  QuietTerminal(QuietTerminal&&) noexcept = default;
  QuietTerminal& operator=(QuietTerminal&&) = delete;
  ~QuietTerminal() {
    if (device_) ::tcsetattr(device_.get(), TCSAFLUSH, &before_);
  }
  void say(std::string_view text) const { (void)write_all(device_.get(), text, "/dev/tty"); }
  Result<char> next() const {
    char byte = 0;
    for (;;) {
      const auto got = ::read(device_.get(), &byte, 1);
      if (got == 1) return byte;
      if (got == 0) return end_of_input;
      if (errno != EINTR) return fail_errno("/dev/tty");
    }
  }

 private:
  explicit QuietTerminal(Descriptor device) : device_(std::move(device)) {}
  Descriptor device_;
  termios before_{};
};

/// Takes back one character, which in UTF-8 is several bytes.
void take_back(SecretText& text) {
  const auto typed = text.view();
  auto size = typed.size();
  while (size > 0 && (static_cast<unsigned char>(typed[--size]) & 0xC0) == 0x80) continue;
  text.cut(size);
}

Result<SecretText> read_line(const QuietTerminal& terminal) {
  SecretText text;
  for (;;) {
    KULLA_TRY(const char byte, terminal.next());
    switch (byte) {
      case '\r':
      case '\n':
      case end_of_input: return text;
      case interrupt: return fail(Code::interrupted, "nothing was signed or written");
      case kill_line: text.cut(0); break;
      case backspace:
      case erase: take_back(text); break;
      default:
        if (!text.add({&byte, 1})) return fail(Code::too_large, fmt::format("more than {} bytes were typed", SecretText::limit));
    }
  }
}
}  // namespace

Result<SecretText> ask_secret(const std::string& prompt) {
  KULLA_TRY(const auto terminal, QuietTerminal::open());
  terminal.say(prompt);
  auto text = read_line(terminal);
  terminal.say("\n");
  return text;
}

Result<SecretText> ask_new_passphrase(const std::string& file) {
  KULLA_TRY(auto passphrase, ask_secret(fmt::format("New passphrase for {}: ", file)));
  KULLA_TRY(const auto again, ask_secret("The same again: "));
  if (passphrase.view() != again.view()) return fail(Code::bad_key, "the two passphrases differ; nothing was written");
  return passphrase;
}
}  // namespace kulla::cli
