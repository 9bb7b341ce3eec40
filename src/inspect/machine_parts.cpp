#include "inspect/machine_parts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.hpp"
#include "base/path_text.hpp"
#include "inspect/below.hpp"

namespace kulla::inspect {
namespace {
constexpr std::size_t reading_limit = std::size_t{512} << 20;  // of all files: every account may have a file of 16 MiB in its home
constexpr std::size_t listing_limit = 1'000'000;               // names in all folders: every account may have the same large one
constexpr std::size_t facts_size_limit = std::size_t{32} << 20;
constexpr std::size_t unreadable_limit = 10'000;
constexpr std::size_t counted = 16;  // room for " (2)" after a name

/// Escaped, within the limit. What is cut differs still where the whole differs.
std::string one_line(std::string_view raw) {
  constexpr std::size_t limit = fact_text_limit - counted, mark = sizeof " (SHA-256 )" - 1 + 64;
  const auto front = raw.substr(0, limit);
  // Most texts have nothing to escape, and there may be 100,000 of them.
  const bool plain = std::ranges::all_of(front, [](char c) { return c >= ' ' && c <= '~' && c != '%'; });
  auto text = plain ? std::string(front) : escape_path(front);
  if (raw.size() <= limit && text.size() <= limit) return text;
  return cut_text(std::move(text), limit - mark) + fmt::format(" (SHA-256 {})", to_hex(sha256(raw)));
}
}  // namespace

void Gatherer::fact(std::string_view name, std::string_view value) {
  if (stopped_) return;
  const auto first = one_line(name);
  auto free = first;
  // An intruder may name something "NAME (2)" to have it taken for the second.
  while (machine_.facts.contains(free)) free = fmt::format("{} ({})", first, ++times_[first] + 1);
  put(std::move(free), one_line(value));
}

void Gatherer::line(std::string_view kind, std::string_view file, std::string_view text) {
  if (stopped_) return;
  auto name = one_line(fmt::format("{}/{}: {}", kind, file, text));
  const auto found = machine_.facts.find(name);
  if (found == machine_.facts.end()) return put(std::move(name), "");
  found->second = fmt::format("{} times", ++times_[name] + 1);
}

void Gatherer::unreadable(std::string_view path, std::string_view why) {
  auto& all = machine_.unreadable;
  if (all.size() < unreadable_limit) all.emplace_back(one_line(path), one_line(why));
  else if (all.size() == unreadable_limit) all.emplace_back(".", fmt::format("more than {} things could not be read", unreadable_limit));
}

std::optional<std::string> Gatherer::read(const std::string& path, std::size_t limit) {
  if (stopped_) return std::nullopt;
  auto text = told(path, read_below(root_, path, limit));
  read_ += text ? text->size() : 0;
  if (read_ > reading_limit) stop(fmt::format("files of more than {} bytes", reading_limit));
  return text;
}

std::vector<std::string> Gatherer::names(const std::string& folder) {
  if (stopped_) return {};
  auto names = told(folder, names_below(root_, folder)).value_or(std::vector<std::string>{});
  listed_ += names.size();
  if (listed_ > listing_limit) stop(fmt::format("folders with more than {} names", listing_limit));
  return names;
}

std::vector<std::string> Gatherer::files(const std::string& folder) {
  auto names = this->names(folder);
  for (auto& name : names) name = in(folder, name);
  return names;
}

void Gatherer::put(std::string name, std::string value) {
  if (machine_.facts.size() >= fact_limit) return stop(fmt::format("more than {} facts", fact_limit));
  size_ += name.size() + value.size();
  if (size_ > facts_size_limit) return stop(fmt::format("facts of more than {} bytes", facts_size_limit));
  machine_.facts.insert_or_assign(std::move(name), std::move(value));
}

void Gatherer::stop(std::string_view why) {
  // Not bounded by the number of those that came before: this one must not be missing.
  if (!std::exchange(stopped_, true)) machine_.unreadable.emplace_back(".", fmt::format("{}; the rest is left out", why));
}

std::string in(const std::string& folder, std::string_view name) {
  return folder.empty() ? std::string(name) : fmt::format("{}/{}", folder, name);
}
}  // namespace kulla::inspect
