#include "inspect/wire.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/path_text.hpp"

namespace kulla::inspect {
namespace {
constexpr std::size_t read_at_once = std::size_t{256} << 10, written_at_once = std::size_t{128} << 10, text_at_once = std::size_t{1} << 20;
}  // namespace

std::string one_line(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find('%', at), text.size());
    result += escape_path(text.substr(at, end - at));
    if (end < text.size()) result += '%';
    at = end + 1;
  }
  return result;
}

/// Until there is something to read.
Result<> FrameReader::wait() const {
  constexpr std::chrono::milliseconds slice{200};  // after which a stop is heard
  if (silence_.count() <= 0) return {};
  const auto end = std::chrono::steady_clock::now() + silence_;
  while (!stop_.stop_requested()) {
    pollfd waiting{from_.get(), POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(slice.count())) > 0) return {};
    if (std::chrono::steady_clock::now() >= end) return fail(Code::timed_out, "kulla-inspect: it has said nothing for too long");
  }
  return fail(Code::interrupted, "the inspection");
}

Result<std::string_view> FrameReader::peek() {
  for (;;) {
    const auto rest = std::string_view(buffer_).substr(used_);
    if (std::uint32_t length = 0; rest.size() >= sizeof length) {
      std::memcpy(&length, rest.data(), sizeof length);
      if (length == 0 || length > frame_limit) return nonsense();
      if (rest.size() - sizeof length >= length) return rest.substr(sizeof length, length);
    }
    buffer_.erase(0, used_);
    used_ = 0;
    KULLA_CHECK(wait());
    const auto had = buffer_.size();
    buffer_.resize(had + read_at_once);
    const auto got = ::read(from_.get(), buffer_.data() + had, read_at_once);
    const bool again = got < 0 && errno == EINTR;
    buffer_.resize(had + (got > 0 ? static_cast<std::size_t>(got) : 0));
    if (again) continue;
    if (got <= 0) return fail(Code::process_failed, "kulla-inspect: it ended before it had said all");
  }
}

Result<> FrameWriter::add(std::string_view frame) {
  waiting_ += frame;
  return waiting_.size() < written_at_once ? Result<>{} : flush();
}
Result<> FrameWriter::add_text(char tag, std::string_view name, std::string_view text) {
  for (std::size_t at = 0; at < text.size() || at == 0; at += text_at_once)
    KULLA_CHECK(add(Packer{tag}.text(name).text(text.substr(at, text_at_once)).frame()));
  return {};
}
Result<> FrameWriter::flush() {
  KULLA_CHECK(write_all(to_, waiting_, "kulla-inspect"));
  waiting_.clear();
  return {};
}

std::string error_frame(const Error& error) { return Packer{'x'}.number(static_cast<std::int64_t>(error.code)).text(error.what).frame(); }

Error error_of(std::string_view payload) {
  Unpacker fields{payload};
  const auto code = fields.number();
  auto what = fields.text();
  const bool known = code >= 0 && code <= static_cast<std::int64_t>(last_code);
  return known && fields.ended_well() ? Error{static_cast<Code>(code), one_line(what)} : nonsense().error();
}

std::unexpected<Error> nonsense() { return fail(Code::process_failed, "kulla-inspect: its answer makes no sense"); }

}  // namespace kulla::inspect
