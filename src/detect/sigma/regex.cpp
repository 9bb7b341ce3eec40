#include "detect/sigma/regex.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <fmt/format.h>
#include <pcre2.h>
#include <re2/filtered_re2.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <atomic>

namespace kulla::detect::sigma {
namespace {
constexpr int shortest_needed = 3;  // shorter texts stand everywhere

// ASCII expressions are matched byte by byte: an attacker's invalid UTF-8 must not stop a '.' from matching.
RE2::Options options_of(const Regex& regex) {
  RE2::Options options;
  const bool ascii = std::all_of(regex.text.begin(), regex.text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  options.set_encoding(ascii ? RE2::Options::EncodingLatin1 : RE2::Options::EncodingUTF8);
  options.set_max_mem(regex_memory_limit);
  options.set_log_errors(false);
  options.set_case_sensitive(!regex.insensitive);
  options.set_dot_nl(regex.dot_all);
  return options;
}

class Linear final : public RegexMatcher {
 public:
  explicit Linear(const Regex& regex) : re2_((regex.multi_line ? "(?m)" : "") + regex.text, options_of(regex)) {}
  [[nodiscard]] std::vector<std::string> needed() const override {
    re2::FilteredRE2 filter{shortest_needed};
    int id = 0;
    std::vector<std::string> texts;
    if (filter.Add(re2_.pattern(), re2_.options(), &id) != RE2::NoError) return {};
    filter.Compile(&texts);
    std::vector<int> free;
    filter.AllPotentials({}, &free);  // matches need none of the texts
    return free.empty() ? texts : std::vector<std::string>{};
  }
  [[nodiscard]] const RE2& re2() const { return re2_; }
  [[nodiscard]] bool matches(std::string_view value) const override {
    return RE2::PartialMatch(re2::StringPiece{value.data(), value.size()}, re2_);
  }
  [[nodiscard]] std::string_view engine() const override { return "RE2"; }

 private:
  RE2 re2_;
};

struct Release {
  void operator()(pcre2_code* code) const { pcre2_code_free(code); }
  void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
  void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};
template <typename T>
using Owned = std::unique_ptr<T, Release>;

class Backtracking final : public RegexMatcher {
 public:
  explicit Backtracking(Owned<pcre2_code> code) : code_(std::move(code)), context_(pcre2_match_context_create(nullptr)) {
    pcre2_set_match_limit(context_.get(), backtrack_limit);
    pcre2_set_depth_limit(context_.get(), backtrack_limit / 100);
    pcre2_set_heap_limit(context_.get(), 1024);  // KiB
  }
  [[nodiscard]] bool matches(std::string_view value) const override {
    const Owned<pcre2_match_data> data{pcre2_match_data_create(1, nullptr)};
    const auto* const text = reinterpret_cast<PCRE2_SPTR>(value.data());
    const int found = pcre2_match(code_.get(), text, value.size(), 0, 0, data.get(), context_.get());
    if (found < 0 && found != PCRE2_ERROR_NOMATCH) ++given_up_;
    return found >= 0;
  }
  [[nodiscard]] std::string_view engine() const override { return "PCRE2"; }
  [[nodiscard]] std::uint64_t given_up() const override { return given_up_; }

 private:
  Owned<pcre2_code> code_;
  Owned<pcre2_match_context> context_;
  mutable std::atomic<std::uint64_t> given_up_ = 0;
};

/// What RE2 refuses because it has no such thing, PCRE2 may have.
bool may_backtrack(const RE2& re2) {
  return re2.error_code() == RE2::ErrorBadPerlOp || re2.error_code() == RE2::ErrorBadEscape || re2.error_code() == RE2::ErrorRepeatOp;
}

Checked<std::unique_ptr<const RegexMatcher>> compile_backtracking(const Regex& regex, int line) {
  std::uint32_t options = PCRE2_NEVER_BACKSLASH_C | PCRE2_NO_AUTO_POSSESS;
  if (regex.insensitive) options |= PCRE2_CASELESS;
  if (regex.multi_line) options |= PCRE2_MULTILINE;
  if (regex.dot_all) options |= PCRE2_DOTALL;
  int error = 0;
  std::size_t at = 0;
  Owned<pcre2_code> code{pcre2_compile(reinterpret_cast<PCRE2_SPTR>(regex.text.data()), regex.text.size(), options, &error, &at, nullptr)};
  if (code) return std::make_unique<const Backtracking>(std::move(code));
  std::array<PCRE2_UCHAR, 200> message{};
  pcre2_get_error_message(error, message.data(), message.size());
  return fault(line,
               fmt::format("the regular expression is not usable: {}, after {} bytes", reinterpret_cast<const char*>(message.data()), at));
}
}  // namespace

Checked<std::unique_ptr<const RegexMatcher>> RegexMatcher::compile(const Regex& regex, int line) {
  if (regex.text.size() > regex_size_limit) return fault(line, fmt::format("a regular expression longer than {} bytes", regex_size_limit));
  auto linear = std::make_unique<const Linear>(regex);
  if (linear->re2().ok()) return linear;
  if (may_backtrack(linear->re2())) return compile_backtracking(regex, line);
  return fault(line, fmt::format("the regular expression is not usable: {}", linear->re2().error()));
}

}  // namespace kulla::detect::sigma
