#include "event/uri.hpp"

#include <vector>

#include "event/hex.hpp"

namespace kulla::event {
namespace {
constexpr int decode_rounds = 3;

/// Undoes one round in place; false if nothing was encoded.
bool decode_in_place(std::string& text, std::size_t from) {
  std::size_t to = from;
  bool changed = false;
  for (std::size_t at = from; at < text.size(); ++at, ++to) {
    text[to] = text[at];
    if (text[at] != '%' || at + 2 >= text.size()) continue;
    const int byte = hex_byte(std::string_view{text}.substr(at + 1));
    if (byte < 0) continue;
    text[to] = static_cast<char>(byte);
    at += 2;
    changed = true;
  }
  text.resize(to);
  return changed;
}
}  // namespace

UriParts split_uri(std::string_view uri) {
  UriParts parts;
  if (!uri.starts_with('/')) {
    const auto authority = uri.find("://");
    if (authority != std::string_view::npos && authority < uri.find_first_of("/?#")) {
      const auto path = uri.find_first_of("/?#", authority + 3);
      uri = path == std::string_view::npos ? std::string_view{"/"} : uri.substr(path);
    }
  }
  uri = uri.substr(0, uri.find('#'));
  const auto mark = uri.find('?');
  parts.stem = uri.substr(0, mark);
  parts.has_query = mark != std::string_view::npos;
  if (parts.has_query) parts.query = uri.substr(mark + 1);
  return parts;
}

void percent_decode(std::string_view text, bool plus, std::string& out) {
  const auto from = out.size();
  out.append(text);
  if (plus)
    for (std::size_t at = from; at < out.size(); ++at)
      if (out[at] == '+') out[at] = ' ';
  decode_in_place(out, from);
}

bool decode_uri(std::string_view uri, std::string& out) {
  const auto query = uri.find('?');
  const bool plus = query != std::string_view::npos && uri.find('+', query) != std::string_view::npos;
  if (!plus && uri.find('%') == std::string_view::npos) return false;
  const auto from = out.size();
  out.append(uri);
  if (plus)
    for (std::size_t at = from + query; at < out.size(); ++at)
      if (out[at] == '+') out[at] = ' ';
  bool changed = plus;
  for (int round = 0; round < decode_rounds && decode_in_place(out, from); ++round) changed = true;
  if (!changed) out.resize(from);
  return changed;
}

std::string clean_path(std::string_view path) {
  std::vector<std::string_view> segments;
  bool folder = false;
  while (!path.empty()) {
    const auto slash = path.find('/');
    const auto segment = path.substr(0, slash);
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    folder = slash != std::string_view::npos || segment == "." || segment == "..";
    if (segment.empty() || segment == ".") continue;
    if (segment != "..") segments.push_back(segment);
    else if (!segments.empty()) segments.pop_back();
  }
  std::string clean;
  for (const auto segment : segments) clean.append("/").append(segment);
  if (folder || segments.empty()) clean += '/';
  return clean;
}

}  // namespace kulla::event
