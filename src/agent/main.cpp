// kulla-inspect: what runs on, or beside, an inspected system. `kulla` starts it as a child without rights; over ssh it is the agent.
#include <span>
#include <string_view>
#include <vector>

#include "inspect/child.hpp"
#include "inspect/remote.hpp"

using namespace kulla;

namespace {
constexpr int could_not = 2;

int read_baseline(std::span<char*> keys) {
  std::vector<PublicKey> trusted;
  for (const char* text : keys) {
    const auto key = public_key_from_hex(text);
    if (!key) return could_not;
    trusted.push_back(*key);
  }
  return inspect::serve_baseline(trusted);
}
}  // namespace

int main(int count, char** values) {
  const std::span arguments{values, static_cast<std::size_t>(count)};
  const std::string_view command = count > 1 ? values[1] : "";
  if (command == "read-baseline") return read_baseline(arguments.subspan(2));
  if (command == "serve") return inspect::serve_remote(count > 2 && std::string_view(values[2]) == "copied");
  if (command == "look-into") return inspect::serve_examinations();
  return could_not;
}
