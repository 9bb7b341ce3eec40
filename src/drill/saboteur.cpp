#include "drill/saboteur.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <thread>

#include "gate/settings.hpp"
#include "model/gate_state.hpp"

namespace kulla::drill {
namespace fs = std::filesystem;
namespace {
using namespace std::chrono_literals;
constexpr auto leak_time = 1s;

Result<> overwrite_byte(const fs::path& file, std::uintmax_t at) {
  std::error_code ignored;
  fs::permissions(file, fs::perms::owner_write, fs::perm_options::add, ignored);  // restic's packs are read-only
  const Descriptor out{::open(file.c_str(), O_RDWR | O_CLOEXEC)};
  char byte = 0;
  const auto offset = static_cast<off_t>(at);
  if (!out || ::pread(out.get(), &byte, 1, offset) != 1) return fail_errno(file.string());
  byte = static_cast<char>(byte == 'e' ? 'a' : byte ^ 1);
  if (::pwrite(out.get(), &byte, 1, offset) != 1) return fail_errno(file.string());
  return {};
}
}  // namespace

// The worker's own socket, as any administrator of the gate has it.
Result<> Saboteur::set_live(const std::string& service) const {
  gate::Settings settings;
  settings.folder = world_.path("gate");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  settings.runtime_socket().string().copy(address.sun_path, sizeof address.sun_path - 1);
  const Descriptor socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (!socket || ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return fail_errno("the gate's socket");
  const auto command = fmt::format("set map {} {} {}\n", settings.state_map().string(), service, to_map_value({GateMode::open, {}, 0}));
  KULLA_CHECK(write_all(socket.get(), command, "the gate's socket"));
  std::array<char, 256> answer;
  return ::read(socket.get(), answer.data(), answer.size()) >= 0 ? Result<>{} : fail_errno("the gate's socket");
}

Result<> Saboteur::leak(const std::string& service) const {
  for (const auto end = std::chrono::steady_clock::now() + leak_time; std::chrono::steady_clock::now() < end;
       std::this_thread::sleep_for(1ms))
    KULLA_CHECK(set_live(service));
  return {};
}

Result<> Saboteur::open_by_hand(const std::vector<std::string>& services) const {
  if (processes_.daemon()) processes_.daemon()->signal(SIGSTOP);
  for (const auto& service : services) KULLA_CHECK(set_live(service));
  return {};
}
void Saboteur::let_daemon_go() const {
  if (processes_.daemon()) processes_.daemon()->signal(SIGCONT);
}

Result<> Saboteur::damage_backup() const {
  const auto size = [](const fs::path& file) {
    std::error_code error;
    const auto bytes = fs::file_size(file, error);
    return error ? 0 : bytes;
  };
  const auto largest = std::ranges::max_element(world_.breached_packs(), {}, size);
  if (largest == world_.breached_packs().end()) return fail(Code::not_found, "a pack of the backup");
  // Several places, so that whatever of it holds the system's files is hit.
  for (std::uintmax_t at = 100; at < size(*largest); at += 512) KULLA_CHECK(overwrite_byte(*largest, at));
  return {};
}

Result<> Saboteur::retake_baselines() const {
  for (const auto system : {Plan::breached, Plan::infected}) KULLA_CHECK(world_.take_baseline(world_.plan().systems[system].id));
  return {};
}

Result<> Saboteur::alter_ledger() const {
  KULLA_TRY(const auto bytes, read_file(world_.ledger(), std::size_t{2} << 30));
  const auto fact = bytes.find("\"kind\":\"closed\"");
  const auto why = bytes.find("\"why\":\"", fact == std::string::npos ? 0 : fact);
  if (fact == std::string::npos || why == std::string::npos) return fail(Code::not_found, "a stored fact to alter");
  return overwrite_byte(world_.ledger(), why + 7);
}
}  // namespace kulla::drill
