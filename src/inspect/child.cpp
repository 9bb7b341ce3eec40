#include "inspect/child.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/sandbox.hpp"
#include "inspect/content.hpp"
#include "inspect/helper.hpp"
#include "inspect/wire.hpp"

namespace kulla::inspect {
namespace {
constexpr int in = 0, out = 1;
constexpr int served = 0, could_not = 2;
constexpr std::size_t rules_limit = std::size_t{64} << 20;

std::string info_frame(const BaselineInfo& info) {
  return Packer{'i'}
      .text(info.system.str())
      .number(info.taken.time_since_epoch().count())
      .number(info.machine)
      .number(info.live)
      .text({reinterpret_cast<const char*>(info.signer.bytes.data()), info.signer.bytes.size()})
      .frame();
}
std::string thing_frame(const Recorded& thing) {
  const auto& entry = thing.entry;
  Packer packer{'t'};
  packer.text(thing.path).number(static_cast<std::int64_t>(entry.type)).number(entry.uid).number(entry.gid).number(entry.mode);
  packer.number(entry.size).number(entry.links).number(entry.modified).number(entry.changed).number(entry.inode);
  packer.text({reinterpret_cast<const char*>(entry.content.bytes.data()), entry.content.bytes.size()})
      .text(entry.target)
      .text(entry.package);
  packer.number(std::ssize(entry.attributes));
  for (const auto& [name, value] : entry.attributes) packer.text(name).text(value);
  return packer.frame();
}

Result<> send_baseline(FrameWriter& sent, const std::vector<PublicKey>& trusted) {
  KULLA_CHECK(enter_sandbox());
  KULLA_TRY(const auto baseline, read_baseline(Descriptor{in}, trusted));
  KULLA_CHECK(sent.add(info_frame(baseline->info())));
  for (;;) {
    KULLA_TRY(const auto thing, baseline->next());
    if (!thing) break;
    KULLA_CHECK(sent.add(thing_frame(*thing)));
  }
  KULLA_TRY(const auto facts, baseline->facts());
  for (const auto& [name, value] : facts) KULLA_CHECK(sent.add(Packer{'f'}.text(name).text(value).frame()));
  return sent.add(Packer{'e'}.frame());
}

// --- examinations: over a socket, one frame a message, a file beside it

struct Asked {
  std::string payload;
  Descriptor file;
};
/// Nothing at the end.
std::optional<Asked> receive() {
  Asked asked;
  asked.payload.resize(frame_limit);
  iovec data{asked.payload.data(), asked.payload.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &data, message.msg_iovlen = 1, message.msg_control = control.data(), message.msg_controllen = control.size();
  ssize_t got = 0;
  do got = ::recvmsg(in, &message, MSG_CMSG_CLOEXEC);
  while (got < 0 && errno == EINTR);
  const auto* header = CMSG_FIRSTHDR(&message);
  if (got <= 0 || !header || header->cmsg_type != SCM_RIGHTS) return std::nullopt;
  int file = -1;
  std::memcpy(&file, CMSG_DATA(header), sizeof file);
  asked.file = Descriptor{file};
  asked.payload.resize(static_cast<std::size_t>(got));
  return asked;
}

/// From its beginning, whatever was read of it before.
std::string content_of(const Descriptor& file, std::size_t limit) {
  std::string content;
  std::array<char, 65536> buffer;
  for (ssize_t got = 1; got > 0 && content.size() < limit;) {
    got = ::pread(file.get(), buffer.data(), std::min(buffer.size(), limit - content.size()), static_cast<off_t>(content.size()));
    if (got > 0) content.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return content;
}

Result<> load_rules(Content& content) {
  for (;;) {
    const auto asked = receive();
    if (!asked) return fail(Code::io, "the rules do not end");
    if (asked->payload.empty() || asked->payload == ".") break;
    KULLA_CHECK(content.add_rules(asked->payload, content_of(asked->file, rules_limit)));
  }
  return content.compile();
}

std::string matches_frame(const std::vector<Match>& matches) {
  Packer packer{'m'};
  packer.number(std::ssize(matches));
  for (const auto& match : matches) packer.number(static_cast<std::int64_t>(match.severity)).text(match.says).number(match.incomplete);
  return packer.frame();
}
std::string digest_text(const Digest& digest) { return {reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size()}; }
std::string unpacked_frame(const Asked& asked) {
  Unpacker fields{std::string_view(asked.payload).substr(1)};
  const auto beginning = fields.number(), most = fields.number();
  const auto content = fields.ended_well() ? unpack(asked.file.get(), beginning, most) : nonsense();
  if (!content) return error_frame(content.error());
  return Packer{unpack_order}.number(content->size).text(digest_text(content->whole)).text(digest_text(content->beginning)).frame();
}
}  // namespace

int serve_baseline(const std::vector<PublicKey>& trusted) {
  FrameWriter sent{out};
  if (const auto done = send_baseline(sent, trusted); !done) (void)sent.add(error_frame(done.error()));
  return sent.flush() ? served : could_not;
}

int serve_examinations() {
  if (const auto inside = enter_sandbox(); !inside) {
    (void)write_all(in, error_frame(inside.error()), "socket");
    return could_not;
  }
  Content content;
  if (const auto loaded = load_rules(content); !loaded) {
    (void)write_all(in, error_frame(loaded.error()), "socket");
    return could_not;
  }
  if (!write_all(in, matches_frame({}), "socket")) return could_not;
  while (const auto asked = receive()) {
    if (asked->payload.starts_with(unpack_order)) {
      if (!write_all(in, unpacked_frame(*asked), "socket")) return could_not;
      continue;
    }
    auto bytes = content_of(asked->file, examined_most + 1);
    const bool cut = bytes.size() > examined_most;
    if (cut) bytes.resize(examined_most);
    auto matches = content.examine(bytes);
    if (cut) matches.push_back({Severity::low, fmt::format("only its first {} MiB were looked into", examined_most >> 20), true});
    if (!write_all(in, matches_frame(matches), "socket")) return could_not;
  }
  return served;
}

}  // namespace kulla::inspect
