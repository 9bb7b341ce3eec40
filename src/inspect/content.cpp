#include "inspect/content.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <unistd.h>
#include <yara.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/path_text.hpp"

namespace kulla::inspect {
namespace {
using namespace std::string_view_literals;
constexpr int scan_seconds = 20;                          // a rule may be slow on a file made for it
constexpr std::size_t member_limit = std::size_t{32} << 20;
constexpr std::size_t unpacked_limit = std::size_t{256} << 20;  // of one file, with all that is packed in it
constexpr int members_limit = 10'000, depth_limit = 3;
constexpr std::size_t matches_limit = 32, notes_limit = 4, says_limit = 300;

bool is_archive(std::string_view content) {
  constexpr std::array magics{"PK\3\4"sv,
                              "\x1f\x8b"sv,
                              "BZh"sv,
                              "\xfd"
                              "7zXZ"sv,
                              "7z\xbc\xaf\x27\x1c"sv,
                              "\x28\xb5\x2f\xfd"sv,
                              "!<arch>\n"sv,
                              "Rar!"sv,
                              "MSCF"sv,
                              "070701"sv};
  return std::ranges::any_of(magics, [&](auto magic) { return content.starts_with(magic); }) ||
         (content.size() > 262 && content.substr(257, 5) == "ustar");
}

std::string_view meta(const YR_RULE* rule, std::string_view name) {
  const YR_META* found;
  yr_rule_metas_foreach(rule, found) if (found->type == META_TYPE_STRING && found->identifier == name) return found->string;
  return {};
}

/// Not all was looked into. These never take the place of what was found.
void note(std::vector<Match>& matches, const std::string& what) {
  if (std::ranges::count(matches, true, &Match::incomplete) < static_cast<std::ptrdiff_t>(notes_limit))
    matches.push_back({Severity::low, cut_text(escape_path(what), says_limit), true});
}

struct Found {
  const std::string& inside;
  std::vector<Match>& matches;
};
int on_match(YR_SCAN_CONTEXT*, int message, void* data, void* user) {
  if (message != CALLBACK_MSG_RULE_MATCHING) return CALLBACK_CONTINUE;
  const auto* rule = static_cast<const YR_RULE*>(data);
  auto& found = *static_cast<Found*>(user);
  Match match;
  if (const std::string severity{meta(rule, "severity")}; !boost::describe::enum_from_string(severity.c_str(), match.severity))
    match.severity = Severity::high;
  const auto title = meta(rule, "title").empty() ? meta(rule, "description") : meta(rule, "title");
  match.says = cut_text(escape_path(fmt::format("{}{}{} (YARA rule {})", title, title.empty() ? "it matches a rule" : "",
                                                found.inside.empty() ? "" : fmt::format(", in {}", found.inside), rule->identifier)),
                        says_limit);
  const auto matched = static_cast<std::size_t>(std::ranges::count(found.matches, false, &Match::incomplete));
  if (matched < matches_limit) found.matches.push_back(std::move(match));
  return matched < matches_limit ? CALLBACK_CONTINUE : CALLBACK_ABORT;
}

struct Compiling {
  const std::string& name;
  std::string problem{};
};
void on_compiler(int level, const char*, int line, const YR_RULE*, const char* message, void* user) {
  auto& compiling = *static_cast<Compiling*>(user);
  if (level == YARA_ERROR_LEVEL_ERROR && compiling.problem.empty())
    compiling.problem = fmt::format("{}:{}: {}", compiling.name, line, message);
}

struct CloseArchive {
  void operator()(archive* opened) const { ::archive_read_free(opened); }
};
}  // namespace

struct Content::Budget {
  std::size_t bytes = unpacked_limit;
  int members = members_limit;
};

struct Content::Yara {
  YR_COMPILER* compiler = nullptr;
  YR_RULES* rules = nullptr;
};

Content::Content() : yara_(std::make_unique<Yara>()) {
  if (::yr_initialize() != ERROR_SUCCESS || ::yr_compiler_create(&yara_->compiler) != ERROR_SUCCESS) yara_->compiler = nullptr;
  // Rules that include others would read files of their choice.
  if (yara_->compiler) ::yr_compiler_set_include_callback(yara_->compiler, nullptr, nullptr, nullptr);
}
Content::~Content() {
  if (yara_->rules) ::yr_rules_destroy(yara_->rules);
  if (yara_->compiler) ::yr_compiler_destroy(yara_->compiler);
  ::yr_finalize();
}

Result<> Content::add_rules(const std::string& name, std::string_view text) {
  if (!yara_->compiler) return fail(Code::too_large, "YARA: no memory");
  Compiling compiling{name};
  ::yr_compiler_set_callback(yara_->compiler, &on_compiler, &compiling);
  if (::yr_compiler_add_string(yara_->compiler, std::string(text).c_str(), name.c_str()) == 0) return {};
  return fail(Code::bad_config, compiling.problem.empty() ? name + ": does not compile" : compiling.problem);
}
Result<> Content::compile() {
  return yara_->compiler && ::yr_compiler_get_rules(yara_->compiler, &yara_->rules) == ERROR_SUCCESS
             ? Result<>{}
             : fail(Code::bad_config, "YARA: the rules do not compile");
}

void Content::scan(std::string_view content, const std::string& inside, std::vector<Match>& matches) const {
  Found found{inside, matches};
  const int error = ::yr_rules_scan_mem(yara_->rules, reinterpret_cast<const std::uint8_t*>(content.data()), content.size(),
                                        SCAN_FLAGS_FAST_MODE, &on_match, &found, scan_seconds);
  if (error != ERROR_SUCCESS && error != ERROR_CALLBACK_ERROR)
    note(matches, fmt::format("YARA could not look at all of it{}: error {}", inside.empty() ? "" : ", in " + inside, error));
}

void Content::unpack(std::string_view content, const std::string& inside, int depth, Budget& budget, std::vector<Match>& matches) const {
  const std::unique_ptr<archive, CloseArchive> opened{::archive_read_new()};
  for (auto* support : {&::archive_read_support_filter_gzip, &::archive_read_support_filter_bzip2, &::archive_read_support_filter_xz,
                        &::archive_read_support_filter_zstd, &::archive_read_support_format_zip, &::archive_read_support_format_tar,
                        &::archive_read_support_format_7zip, &::archive_read_support_format_ar, &::archive_read_support_format_cpio,
                        &::archive_read_support_format_cab, &::archive_read_support_format_rar, &::archive_read_support_format_rar5,
                        &::archive_read_support_format_raw})
    (void)support(opened.get());
  const auto cut = [&](std::string_view why) { note(matches, fmt::format("packed, and not wholly looked into: {}", why)); };
  if (::archive_read_open_memory(opened.get(), content.data(), content.size()) != ARCHIVE_OK) return cut("it is damaged");
  archive_entry* member = nullptr;
  for (;;) {
    const int next = ::archive_read_next_header(opened.get(), &member);
    if (next == ARCHIVE_EOF) return;
    if (next < ARCHIVE_WARN) return cut("it is damaged, or locked with a password");
    // As it is, and not packed in any way that is known here.
    if (::archive_format(opened.get()) == ARCHIVE_FORMAT_RAW && ::archive_filter_count(opened.get()) == 1) return cut("it is damaged");
    if (--budget.members < 0) return cut(fmt::format("more than {} members", members_limit));
    const char* name = ::archive_entry_pathname(member);
    const auto place = (inside.empty() ? "" : inside + "/") + (name ? name : "?");
    std::string text;
    std::array<char, 65536> piece;
    bool is_cut = false;
    for (;;) {
      const auto got = ::archive_read_data(opened.get(), piece.data(), piece.size());
      if (got < 0) {
        cut("it is damaged, or locked with a password");
        break;
      }
      if (got == 0) break;
      const auto size = static_cast<std::size_t>(got);
      if (size > budget.bytes) return cut(fmt::format("more than {} bytes unpacked", unpacked_limit));
      budget.bytes -= size;
      if (text.size() + size <= member_limit) text.append(piece.data(), size);
      else if (!std::exchange(is_cut, true)) cut(fmt::format("only the first {} MiB of a member", member_limit >> 20));
    }
    scan(text, place, matches);
    if (!is_archive(text)) continue;
    if (depth == depth_limit) cut(fmt::format("deeper than {} archives in each other", depth_limit));
    else unpack(text, place, depth + 1, budget, matches);
  }
}

std::vector<Match> Content::examine(std::string_view content) {
  std::vector<Match> matches;
  scan(content, "", matches);
  Budget budget;
  if (is_archive(content)) unpack(content, "", 1, budget, matches);
  return matches;
}

// --- what a compressed file holds

namespace {
/// Read at its places: the descriptor is shared with whoever sent it.
struct Packed {
  int file;
  off_t at = 0;
  std::array<char, 65536> buffer{};
};
la_ssize_t read_on(archive*, void* of, const void** bytes) {
  auto& packed = *static_cast<Packed*>(of);
  const auto got = ::pread(packed.file, packed.buffer.data(), packed.buffer.size(), packed.at);
  if (got > 0) packed.at += got;
  *bytes = packed.buffer.data();
  return got;
}
}  // namespace

Result<Unpacked> unpack(int file, std::int64_t beginning, std::int64_t most) {
  const std::unique_ptr<archive, CloseArchive> opened{::archive_read_new()};
  for (auto* support : {&::archive_read_support_filter_gzip, &::archive_read_support_filter_bzip2, &::archive_read_support_filter_xz,
                        &::archive_read_support_filter_zstd, &::archive_read_support_format_raw})
    (void)support(opened.get());
  Packed packed{file};
  archive_entry* member = nullptr;
  const auto damaged = [] { return fail(Code::io, "it is damaged, or not compressed"); };
  if (::archive_read_open(opened.get(), &packed, nullptr, &read_on, nullptr) != ARCHIVE_OK ||
      ::archive_read_next_header(opened.get(), &member) < ARCHIVE_WARN || ::archive_filter_count(opened.get()) == 1)
    return damaged();
  Unpacked result;
  Sha256 whole, first;
  std::array<char, 65536> piece;
  for (;;) {
    const auto got = ::archive_read_data(opened.get(), piece.data(), piece.size());
    if (got < 0) return damaged();
    if (got == 0) break;
    const std::string_view bytes{piece.data(), static_cast<std::size_t>(got)};
    whole.add(bytes);
    if (const auto left = beginning - result.size; left > 0)
      first.add(bytes.substr(0, static_cast<std::size_t>(std::min<std::int64_t>(left, got))));
    result.size += got;
    if (result.size > most) return fail(Code::too_large, "it holds too much");
  }
  result.whole = whole.finish();
  result.beginning = first.finish();
  return result;
}

}  // namespace kulla::inspect
