#include <arpa/inet.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <map>
#include <set>

#include "inspect/below.hpp"
#include "inspect/machine_parts.hpp"
#include "inspect/text.hpp"

namespace kulla::inspect {
namespace {
constexpr std::size_t descriptor_limit = 10'000'000;  // looked at in all processes
constexpr std::size_t socket_limit = 100'000;
constexpr std::size_t process_limit = 4'200'000;      // the kernel's own; as many open files of one

template <typename T>
std::optional<T> number(std::string_view text, int base = 10) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

struct PortRange {
  std::uint16_t first = 32768, last = 60999;  // the kernel's own
};
struct Socket {
  std::string name;  ///< "tcp/0.0.0.0:22"
  std::string uid;
  std::uint64_t inode = 0;
};
struct Endpoint {
  std::string address;
  std::uint16_t port = 0;
};

/// "0100007F:0016": words of the address as the processor holds them, then the port.
std::optional<Endpoint> endpoint_of(std::string_view text) {
  const auto parts = split(text, ':', 2);
  if (parts.size() != 2 || (parts[0].size() != 8 && parts[0].size() != 32)) return std::nullopt;
  std::array<std::uint32_t, 4> words{};
  for (std::size_t i = 0; i < parts[0].size() / 8; ++i) {
    const auto word = number<std::uint32_t>(parts[0].substr(i * 8, 8), 16);
    if (!word) return std::nullopt;
    words.at(i) = *word;
  }
  const auto port = number<std::uint16_t>(parts[1], 16);
  std::array<char, INET6_ADDRSTRLEN> shown{};
  const bool six = parts[0].size() == 32;
  if (!port || !::inet_ntop(six ? AF_INET6 : AF_INET, words.data(), shown.data(), shown.size())) return std::nullopt;
  return Endpoint{six ? fmt::format("[{}]", shown.data()) : std::string(shown.data()), *port};
}

/// proc(5): sl local remote state queues timer retransmits uid timeout inode. Nothing where it does not listen.
std::optional<Socket> listening(std::string_view line, std::string_view protocol, PortRange clients) {
  std::array<std::string_view, 10> words;
  for (auto& word : words) word = take_word(line);
  const auto local = endpoint_of(words[1]), remote = endpoint_of(words[2]);
  const auto inode = number<std::uint64_t>(words[9]);
  if (!local || !remote || !inode) return std::nullopt;
  constexpr std::string_view listens = "0A", unconnected = "07";
  const bool client = local->port >= clients.first && local->port <= clients.last;
  if (protocol == "tcp" ? words[3] != listens : words[3] != unconnected || remote->port != 0 || client) return std::nullopt;
  return Socket{fmt::format("{}/{}:{}", protocol, local->address, local->port), std::string(words[7]), *inode};
}

class Kernel {
 public:
  Kernel(Gatherer& to, int proc) : to_(to), proc_(proc) {}

  void modules() {
    each_line(read("modules"), [&](std::string_view line) {
      if (const auto name = take_word(line); !name.empty()) to_.fact(fmt::format("module/{}", name), "");
    });
  }
  /// proc(5): id parent device root place options fields… - type source options.
  void mounts() {
    each_line(read("self/mountinfo"), [&](std::string_view line) {
      for (int skipped = 0; skipped < 3; ++skipped) (void)take_word(line);
      const auto root = take_word(line), place = take_word(line), options = take_word(line);
      while (!line.empty() && take_word(line) != "-") {}
      const auto type = take_word(line), source = take_word(line);
      to_.fact(fmt::format("mount{}", place), fmt::format("{} of {}, its {}, {}", type, source, root, options));
    });
  }
  void listeners(const std::vector<Account>& accounts) {
    const auto clients = client_ports();
    to_.fact("listen/udp/ports of clients", fmt::format("{} to {}, left out", clients.first, clients.last));
    std::vector<Socket> sockets;
    for (const std::string_view protocol : {"tcp", "udp"})
      for (const std::string_view suffix : {"", "6"})
        each_line(read(fmt::format("self/net/{}{}", protocol, suffix)), [&](std::string_view line) {
          if (auto socket = listening(line, protocol, clients); socket && sockets.size() < socket_limit)
            sockets.push_back(std::move(*socket));
        });
    find_programs(sockets);
    tell(sockets, accounts);
  }

 private:
  std::string read(const std::string& path) {
    return to_.told("/proc/" + path, read_below(proc_, path, std::size_t{64} << 20)).value_or("");
  }
  [[nodiscard]] PortRange client_ports() const {
    const auto text = read_below(proc_, "sys/net/ipv4/ip_local_port_range", 4096);  // containers mount over it: then the kernel's own
    if (!text) return {};
    std::string_view rest = std::string_view(*text).substr(0, text->find('\n'));
    const auto first = number<std::uint16_t>(take_word(rest)), last = number<std::uint16_t>(take_word(rest));
    return first && last ? PortRange{*first, *last} : PortRange{};
  }
  void find_programs(const std::vector<Socket>& sockets) {
    for (const auto& socket : sockets) programs_.try_emplace(socket.inode);
    std::map<std::string, std::size_t> closed;  // why, how many
    for (const auto& pid : to_.told("/proc", names_below(proc_, ".", process_limit)).value_or(std::vector<std::string>{})) {
      if (!number<std::uint32_t>(pid)) continue;
      const auto folder = open_folder_below(proc_, pid + "/fd");
      const auto names = folder ? names_below(folder->get(), ".", process_limit) : std::unexpected(folder.error());
      if (names) look_into(pid, folder->get(), *names);
      else if (names.error().code != Code::not_found) ++closed[names.error().what];
    }
    for (const auto& [why, times] : closed) to_.unreadable("/proc", fmt::format("open files of {} processes: {}", times, why));
    if (looked_at_ > descriptor_limit)
      to_.unreadable("/proc", fmt::format("more than {} open files; not all were looked at", descriptor_limit));
  }
  void look_into(const std::string& pid, int folder, const std::vector<std::string>& names) {
    std::optional<std::string> program;
    for (const auto& name : names) {
      if (++looked_at_ > descriptor_limit) return;
      std::array<char, 64> buffer;  // "socket:[INODE]"; of a longer one the beginning tells that it is none
      const auto got = ::readlinkat(folder, name.c_str(), buffer.data(), buffer.size());
      const std::string_view target{buffer.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
      if (!target.starts_with("socket:[") || !target.ends_with(']')) continue;
      const auto found = programs_.find(number<std::uint64_t>(target.substr(8, target.size() - 9)).value_or(0));
      if (found == programs_.end()) continue;
      if (!program) program = link_below(proc_, pid + "/exe").value_or("a program without a file");
      found->second.insert(*program);
    }
  }
  /// Several sockets may share an address (SO_REUSEPORT), several programs a socket.
  void tell(const std::vector<Socket>& sockets, const std::vector<Account>& accounts) {
    std::map<std::string, std::string> names;
    for (const auto& account : accounts) names.try_emplace(account.uid, account.name);
    std::map<std::string, std::pair<std::set<std::string>, std::set<std::string>>> told;
    for (const auto& socket : sockets) {
      auto& [by, as] = told[socket.name];
      by.merge(std::set<std::string>(programs_[socket.inode]));
      const auto account = names.find(socket.uid);
      as.insert(account == names.end() ? "uid " + socket.uid : account->second);
    }
    for (const auto& [name, who] : told)
      to_.fact(fmt::format("listen/{}", name),
               fmt::format("{}, account {}", who.first.empty() ? "unknown program" : fmt::format("{}", fmt::join(who.first, ", ")),
                           fmt::join(who.second, ", ")));
  }

  Gatherer& to_;
  int proc_;
  std::unordered_map<std::uint64_t, std::set<std::string>> programs_;  ///< by the inode of a listening socket
  std::size_t looked_at_ = 0;
};
}  // namespace

void gather_kernel(Gatherer& to, const std::vector<Account>& accounts) {
  const auto proc = open_root("/proc");
  struct statfs system{};
  if (!proc || ::fstatfs(proc->get(), &system) != 0 || system.f_type != PROC_SUPER_MAGIC) return to.unreadable("/proc", "not the kernel's");
  Kernel kernel{to, proc->get()};
  kernel.modules();
  kernel.mounts();
  kernel.listeners(accounts);
}
}  // namespace kulla::inspect
