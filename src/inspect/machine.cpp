#include "inspect/machine.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sodium.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string_view>

#include "base/canonical_json.hpp"
#include "base/hash.hpp"
#include "base/path_text.hpp"
#include "inspect/below.hpp"
#include "inspect/machine_parts.hpp"
#include "inspect/packages.hpp"
#include "inspect/text.hpp"

namespace kulla::inspect {
namespace {
constexpr std::size_t json_limit = std::size_t{4} << 20;  // a parsed value takes up to ten times its text
constexpr std::size_t member_limit = 10'000;              // of a group; more are not sorted
constexpr std::size_t account_limit = 100'000;

// ---- Accounts and what they may

/// passwd(5), crypt(5): what a password field lets in. Never the hash.
std::string_view password_state(std::string_view field) {
  if (field.empty()) return "no password needed";
  const bool hash = field.size() >= 13 && field.front() != '!' && field.front() != '*';  // 13: the oldest, DES
  return hash ? "has a password" : "locked";
}

std::optional<std::map<std::string, std::string_view>> shadow_states(Gatherer& to) {
  const auto text = to.read("etc/shadow");
  if (!text) return std::nullopt;
  std::map<std::string, std::string_view> states;
  bool all = true;
  each_line(*text, [&](std::string_view line) {
    const auto fields = split(line, ':', 3);
    all = all && states.size() < account_limit;
    if (fields.size() == 3 && all) states.try_emplace(std::string(fields[0]), password_state(fields[1]));
  });
  if (!all) to.unreadable("etc/shadow", fmt::format("more than {} accounts; not all were looked at", account_limit));
  return states;
}

std::vector<Account> accounts(Gatherer& to) {
  const auto text = to.read("etc/passwd");
  if (!text) return {};
  const auto shadow = shadow_states(to);
  const auto password = [&](std::string_view name, std::string_view field) -> std::string_view {
    if (field != "x") return password_state(field);
    if (!shadow) return "password unknown";
    const auto found = shadow->find(std::string(name));
    return found == shadow->end() ? "not in etc/shadow" : found->second;
  };
  std::vector<Account> accounts;
  each_line(*text, [&](std::string_view line) {
    line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));  // as glibc reads it
    if (line.empty() || line.starts_with('#')) return;
    const auto fields = split(line, ':', 8);
    if (fields.size() != 7) return to.fact(fmt::format("account/{}", fields[0]), fmt::format("no line of passwd: {}", line));
    to.fact(fmt::format("account/{}", fields[0]),
            fmt::format("uid {} gid {} home {} shell {}, {}", number_text(fields[2]), number_text(fields[3]), fields[5],
                        fields[6].empty() ? "none" : fields[6], password(fields[0], fields[1])));
    auto home = fields[5];
    home.remove_prefix(std::min(home.find_first_not_of('/'), home.size()));
    while (home.ends_with('/')) home.remove_suffix(1);
    if (accounts.size() < account_limit)
      accounts.push_back({std::string(fields[0]), std::string(number_text(fields[2])), std::string(home)});
  });
  return accounts;
}

void groups(Gatherer& to) {
  const auto text = to.read("etc/group");
  each_line(text.value_or(""), [&](std::string_view line) {
    line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
    if (line.empty() || line.starts_with('#')) return;
    const auto fields = split(line, ':', 4);
    if (fields.size() != 4) return to.fact(fmt::format("group/{}", fields[0]), fmt::format("no line of group: {}", line));
    auto members = split(fields[3], ',', member_limit);
    std::ranges::sort(members);
    to.fact(fmt::format("group/{}", fields[0]),
            fmt::format("gid {}, {}", number_text(fields[2]),
                        fields[3].empty() ? "no members" : fmt::format("members {}", fmt::join(members, " "))));
  });
}

/// sudoers(5): #include, #1000 and #-1 are no comments.
bool is_sudoers_comment(std::string_view line, bool continued) {
  if (continued || !line.starts_with('#') || line.starts_with("#include")) return false;
  const auto rest = line.substr(line.starts_with("#-") ? 2 : 1);
  return rest.empty() || rest.front() < '0' || rest.front() > '9';
}

void sudoers(Gatherer& to) {
  auto files = to.files("etc/sudoers.d");
  files.insert(files.begin(), "etc/sudoers");
  for (const auto& file : files)
    each_logical_line(to.read(file).value_or(""), is_sudoers_comment,
                      [&](std::string_view line) { to.line("sudoers", file, single_blanks(line)); });
}

struct Key {
  std::string_view type, comment;
  std::string fingerprint;
};

std::string base64(std::span<const std::uint8_t> bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL_NO_PADDING), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
  text.pop_back();
  return text;
}

/// "TYPE BASE64 COMMENT", where what is encoded begins with the type itself (RFC 4253, 6.6).
std::optional<Key> key_of(std::string_view text) {
  const auto type = take_word(text), encoded = take_word(text);
  std::string blob(encoded.size(), '\0');
  std::size_t size = 0;
  const int decoded = sodium_base642bin(reinterpret_cast<unsigned char*>(blob.data()), blob.size(), encoded.data(), encoded.size(), nullptr,
                                        &size, nullptr, sodium_base64_VARIANT_ORIGINAL);
  if (type.empty() || type.size() > 255 || decoded != 0) return std::nullopt;
  blob.resize(size);
  const auto named = std::string({'\0', '\0', '\0', static_cast<char>(type.size())}) + std::string(type);
  if (!blob.starts_with(named)) return std::nullopt;
  return Key{type, trimmed(text), "SHA256:" + base64(sha256(blob).bytes)};
}

/// sshd(8): options end at the first blank outside of quotes.
std::string_view options_of(std::string_view line) {
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\' && i + 1 < line.size() && line[i + 1] == '"') ++i;
    else if (line[i] == '"') quoted = !quoted;
    else if (!quoted && (line[i] == ' ' || line[i] == '\t')) return line.substr(0, i);
  }
  return line;
}

void key_line(Gatherer& to, const Account& account, const std::string& file, std::string_view line) {
  std::string_view options;
  auto key = key_of(line);
  if (!key) {
    options = options_of(line);
    key = key_of(line.substr(options.size()));
  }
  if (!key) return to.line(fmt::format("key/{}", account.name), file, single_blanks(line));
  to.fact(fmt::format("key/{}/{}", account.name, key->fingerprint),
          fmt::format("{}, {}, {}, in {}", key->type, key->comment.empty() ? "no comment" : fmt::format("comment \"{}\"", key->comment),
                      options.empty() ? "no options" : fmt::format("options {}", options), file));
}

void keys(Gatherer& to, const std::vector<Account>& accounts) {
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const auto& account : accounts) {
    if (!seen.emplace(account.name, account.home).second) continue;
    for (const char* name : {".ssh/authorized_keys", ".ssh/authorized_keys2"}) {
      const auto file = in(account.home, name);
      each_line(to.read(file).value_or(""), [&](std::string_view line) {
        line = trimmed(line);
        if (!line.empty() && !line.starts_with('#')) key_line(to, account, file, line);
      });
    }
  }
}

// ---- What runs by itself

void lines_of(Gatherer& to, std::string_view kind, const std::string& file, std::string_view comment_signs) {
  each_line(to.read(file).value_or(""), [&](std::string_view line) {
    line = trimmed(line);
    if (!line.empty() && comment_signs.find(line.front()) == std::string_view::npos) to.line(kind, file, single_blanks(line));
  });
}

void cron(Gatherer& to) {
  for (const char* file : {"etc/crontab", "etc/anacrontab"}) lines_of(to, "cron", file, "#");
  for (const char* folder : {"etc/cron.d", "var/spool/cron/crontabs"})
    for (const auto& file : to.files(folder)) lines_of(to, "cron", file, "#");
  for (const char* folder : {"etc/cron.hourly", "etc/cron.daily", "etc/cron.weekly", "etc/cron.monthly", "var/spool/cron/atjobs"})
    for (const auto& file : to.files(folder)) to.fact(fmt::format("cron/{}", file), "");
}

void loaded_at_start(Gatherer& to) {
  each_line(to.read("etc/ld.so.preload").value_or(""), [&](std::string_view line) {
    if (line = trimmed(line); !line.empty()) to.fact(fmt::format("preload/{}", line), "");
  });
  lines_of(to, "load", "etc/modules", "#");
  for (const auto& file : to.files("etc/modules-load.d")) lines_of(to, "load", file, "#;");
}

// ---- What is installed

void docker_images(Gatherer& to) {
  const std::string file = "var/lib/docker/image/overlay2/repositories.json";
  const auto text = to.read(file, json_limit);
  const auto value = text ? to.told(file, parse_json(*text, json_limit)) : std::nullopt;
  const auto* all = value && value->is_object() ? value->get_object().if_contains("Repositories") : nullptr;
  if (text && value && (!all || !all->is_object())) return to.unreadable(file, "not of the form that docker writes");
  if (!all) return;
  for (const auto& [repository, names] : all->get_object())
    if (const auto* tags = names.if_object())
      for (const auto& [name, digest] : *tags)
        to.fact(fmt::format("image/docker/{}", std::string_view(name)),
                digest.is_string() ? std::string_view(digest.get_string()) : "no digest");
}

std::string_view text_at(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value && value->is_string() ? std::string_view(value->get_string()) : std::string_view{};
}

void container_image(Gatherer& to, const json::object& image) {
  const auto what = fmt::format("id {}, digest {}", text_at(image, "id"), text_at(image, "digest"));
  const auto* names = image.if_contains("names");
  if (!names || !names->is_array() || names->get_array().empty())
    return to.fact(fmt::format("image/containers/{}", text_at(image, "id")), what);
  for (const auto& name : names->get_array())
    if (name.is_string()) to.fact(fmt::format("image/containers/{}", std::string_view(name.get_string())), what);
}

void container_images(Gatherer& to) {
  const std::string file = "var/lib/containers/storage/overlay-images/images.json";
  const auto text = to.read(file, json_limit);
  const auto value = text ? to.told(file, parse_json(*text, json_limit)) : std::nullopt;
  if (!value) return;
  if (!value->is_array()) return to.unreadable(file, "not of the form that containers/storage writes");
  for (const auto& image : value->get_array())
    if (const auto* object = image.if_object()) container_image(to, *object);
}

void packages(Gatherer& to) {
  const auto all = to.told("var/lib/dpkg/status", read_status(to.root()));
  if (!all) return;
  for (const auto& package : *all)
    to.fact(fmt::format("package/{}", package.file_name()), fmt::format("{}, {}", package.version, package.state));
}

}  // namespace

bool is_machine(const std::filesystem::path& root) {
  const auto opened = open_root(root);
  return opened && exists_below(opened->get(), "etc/passwd") && exists_below(opened->get(), "usr");
}

Machine facts_of(const std::filesystem::path& root, bool live) {
  const auto opened = open_root(root);
  if (!opened) return {{}, {{escape_path(root.native()), opened.error().what}}};
  Gatherer to{opened->get()};
  const auto known = accounts(to);
  groups(to);
  sudoers(to);
  keys(to, known);
  loaded_at_start(to);
  cron(to);
  if (live) gather_kernel(to, known);
  gather_units(to, known);
  docker_images(to);
  container_images(to);
  packages(to);
  return to.finish();
}
}  // namespace kulla::inspect
